"""Rules for where a person lives, below the street and the village: 18号 3号楼2单元501室, 3-2-501, 李家村3组12号."""

from __future__ import annotations

from servicedesk.language.rules import rule

_NUMERAL = "[0-9零〇一二三四五六七八九十百]{1,6}+"
_UNIT = rf"{_NUMERAL}(?:单元|楼道|门洞)[\s,]{{0,3}}"
_BUILDING = rf"{_NUMERAL}(?:号院|号楼|#楼|号|#|栋|幢|座)[\s,]{{0,3}}"
_DOOR = rf"(?:{_NUMERAL}(?:层|楼)?(?:室|号|户)?|[东西中]户)"
_ESTATE = r"(?:(?<=[区苑园寓府庭湾郡邸])|(?<=新城)|(?<=花城))"
_VILLAGE = r"(?:(?<=[村屯乡镇庄])|(?<=嘎查)|(?<=营子)|(?<=浩特)|(?<=苏木)|(?<=[农牧林]场))"
# 3组织, 三社区, 两队伍 and 3组长 are no groups of a village.
_GROUP = r"(?:村民小组|小组|生产队|生产组|大队|屯|(?:组|社|队)(?![织成合建装团区会长员伍列]))"

RULES = (
    # 18号 3号楼2单元501室, 5栋1502, 三单元二楼东户.
    rule("house", rf"(?:{_BUILDING})?{_UNIT}(?:{_DOOR})?"),
    rule(
        "house",
        rf"{_NUMERAL}(?:号楼|#楼|栋|幢)[\s,]{{0,3}}(?:[0-9]{{2,4}}(?![0-9])(?:室|号|户)?|{_NUMERAL}(?:层|楼)[东西中]?户?)?",
    ),
    rule(
        "house",
        rf"(?:(?<=[路街道巷弄村屯])|(?<=胡同)|(?<=嘎查))\s{{0,3}}{_NUMERAL}号(?:院|附[0-9]{{1,4}}号)?(?![线文公路车楼])",
    ),
    rule("house", r"(?<![0-9])[0-9]{3,4}室"),
    rule("house", rf"门牌(?:号码|号)?[是为:\s]{{0,3}}({_NUMERAL}号?)"),
    # 3-2-501 and, behind the name of an estate, 3-501; not 10-15-2026.
    rule("house", r"(?<![0-9\-])[0-9]{1,3}[\-#][0-9]{1,2}-(?!(?:19|20)[0-9]{2})[0-9]{3,4}(?:室|号|户)?(?![0-9\-年月日])"),
    rule("house", rf"{_ESTATE}\s?[0-9]{{1,3}}[\-#][0-9]{{3,4}}(?:室|号|户)?(?![0-9\-年月日])"),
    # Below the village: 李家村3组, 红旗村第二村民小组15户, 五社12号.
    rule("house", rf"{_VILLAGE}\s{{0,2}}第?{_NUMERAL}\s?{_GROUP}(?:[\s,]{{0,2}}{_NUMERAL}(?:号院|号|户))?"),
    rule("house", rf"第?{_NUMERAL}(?:村民小组|小组|组|社|队)[\s,]{{0,2}}{_NUMERAL}(?:号院|号|户)(?![线文公路车楼])"),
)
