"""Rules for the numbers and accounts of a person: certificates, cards, telephones, plates, mail, WeChat and QQ."""

from __future__ import annotations

from servicedesk.language.rules import rule

_S = r"[ \t\u200b\-‐–—_()*~\ufe0f\u20e3]{0,3}+"  # people space, dash and bracket their numbers, or type them as 1️⃣3️⃣8️⃣
_P = r"\s?[.·•・/,、。:]\s?"  # or put points between the groups: 138.1234.5678
_IS = r"[是为:,\s]{0,4}"
_YEAR, _MONTH, _DAY = (
    rf"(?:1{_S}9|2{_S}0)(?:{_S}[0-9]){{2}}",
    rf"(?:0{_S}[1-9]|1{_S}[0-2])",
    rf"(?:0{_S}[1-9]|[12]{_S}[0-9]|3{_S}[01])",
)
_BORN_ON = rf"{_YEAR}{_S}{_MONTH}{_S}{_DAY}"
_NEAR = r"[^0-9\n。]{0,12}"
_NEAR_BEHIND = r"[^0-9\n。]{0,6}"
_NOT_A_DATE = r"(?!(?:19|20)[0-9]{2}[\-/.年][01]?[0-9])"

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE_LETTER = r"[A-HJ-NP-Z0-9][\s·•・.\-]{0,3}"
_PLATE_BODY = (
    r"(?=(?:[A-HJ-NP-Z][\s·•・.\-]{0,3}){0,5}[0-9])"
    rf"(?:(?:{_PLATE_LETTER}){{4,6}}[A-HJ-NP-Z0-9]|(?:{_PLATE_LETTER}){{4}}[挂学警港澳领])(?![A-Z0-9])"
)

_LOCAL = r"[2-9](?:[0-9]{6,7}|[0-9]{2,3}[\s\-.][0-9]{4})"
_EXTENSION = r"(?:\s?(?:转|分机|-|EXT\.?|#){1,2}\s?[0-9]{1,6})?"
_TELEPHONE = r"(?:电话|手机|座机|固话|联系方式|(?<![A-Z])TEL)"

_EACH = r"[\s·•・.\-]{0,2}"  # between the characters of a plate or a chassis number
_VIN_LETTER = "[A-HJ-NPR-Z0-9]"
_VIN = rf"{_VIN_LETTER}(?:{_EACH}{_VIN_LETTER}){{16}}"
_CHASSIS = r"(?:车架号|车架号码|大架号|车辆识别代?[号码]{0,2}|(?<![A-Z])VIN(?:码|号)?)"
_ENGINE = r"(?:发动机号码?|电机号码?)"
_COURTS = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼内最兵]"
_IN_BRACKETS = rf"[(\[〔【{{<〈《]\s?(?:1{_S}9|2{_S}0)(?:{_S}[0-9]){{2}}\s?[)\]〕】}}>〉》]"
_CASE_WORD = "(?:[民刑行执商知赔仲诉破财保督认]|劳人|受案|立案|公|罚|案)"
_SERIAL = rf"第?\s?[0-9](?:{_S}[0-9]){{0,7}}\s?号?(?:之[一二三四五六七八九十0-9]{{1,2}})?"

_ID_CARD = "(?:身份证|身份号码|身份号|证件)"
_BANK_CARD = "(?:银行卡|卡号|账号|帐号|账户|帐户|储蓄卡|信用卡|借记卡|工资卡|存折|一卡通|社保卡)"
_WECHAT = r"(?:微信|威信|薇信|徽信|V信|加V|加薇|(?<![A-Z])(?:WX|VX|WECHAT|WEIXIN))(?:账号|帐号|号码|号|[\-_ ]?ID)?"
_QQ = r"(?:(?<![A-Z])QQ?|扣扣|企鹅号|球球)(?:账号|帐号|号码|号|群号|群)?"

_AT = r"\s?(?:@|艾特|圈A|[\[(<]AT[\])>]|#)\s?"
# What stands behind these in a citizen's letter is their own: papers, meters, parcels, accounts.
_OF_A_PERSON = (
    "(?:(?:信访件?|住院|门诊|病历|病案|就诊卡?|登记|检查单?|医保卡?|社保卡?|户口[本簿]|低保证?|学籍|考生|准考证|工作证|会员卡?"
    "|电费|水费|燃气|煤气|天然气|暖气|供[暖热]|热力|用[电水气户]|宽带|电视|客?户|缴费|[电水气]表|快递|运单|物流|订单|取件|保单|发票|合同|协议"
    "|抖音|快手|小红书|微博|淘宝|支付宝|闲鱼|钉钉|陌陌|直播间)"
    "(?:编号|单号|户号|表号|账号|帐号|卡号|号码|号|ID)|(?:学|考|(?<![施竣开动完])工|警)号)"
)
_DATE = r"(?:19|20)[0-9]{2}\s?[年.\-/]\s?(?:1[0-2]|0?[1-9])\s?(?:[.\-/]\s?[0-3]?[0-9]|月(?:\s?[0-3]?[0-9]\s?[日号])?)"


def bank_card_holds(text: str) -> bool:
    """The check digit of a card number (Luhn, ISO/IEC 7812-1)."""
    digits = [int(char) for char in reversed(text) if char.isdecimal()]
    return (sum(digits[::2]) + sum(_DOUBLED[digit] for digit in digits[1::2])) % 10 == 0


def _is_card(text: str) -> bool:
    """62 is China UnionPay's, whatever the check digit."""
    return text.startswith("62") or bank_card_holds(text)


_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)

RULES = (
    # GB 11643-1999. The check digit is not asked: people mistype their own numbers, and a birth date at its place is enough.
    rule("id_card", rf"(?<![0-9])[1-9](?:{_S}[0-9]){{5}}{_S}{_BORN_ON}(?:{_S}[0-9]){{3}}{_S}[0-9X](?![0-9])"),
    # Fifteen digits: the identity numbers of before 1999, which have no check digit.
    rule("id_card", r"(?<![0-9])[1-9][0-9]{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}(?![0-9])"),
    rule("bank_card", r"(?<![0-9])[3-6][0-9]{15,18}(?![0-9])", _is_card),
    rule("bank_card", rf"(?<![0-9])[3-6](?:{_S}[0-9]){{15,18}}(?![0-9])", _is_card),
    rule("mobile", rf"(?<![0-9])(?:\+?(?:00)?86{_S})?0?1{_S}[3-9](?:{_S}[0-9]){{9}}(?![0-9])"),
    rule(
        "mobile",
        rf"(?<![0-9])1[3-9](?:[0-9]{_P}[0-9]{{4}}{_P}[0-9]{{4}}|[0-9]{{2}}{_P}(?:[0-9]{{4}}{_P}[0-9]{{3}}|[0-9]{{3}}{_P}[0-9]{{4}}))(?![0-9])",
    ),
    # Letters that look like digits: l38o1234567.
    rule("mobile", rf"(?<![A-Z0-9])[1IL]{_S}[3-9](?:{_S}[0-9OIL]){{9}}(?![A-Z0-9])"),
    rule("mobile", rf"{_TELEPHONE}(?:号码|号)?{_IS}(1[0-9](?:{_S}[0-9]){{7,12}})(?![0-9])"),  # one digit too few or too many
    rule("landline", rf"(?<![0-9])\(?0[1-9][0-9]{{1,2}}\)?[\s\-–—.]{{0,3}}{_LOCAL}{_EXTENSION}(?![0-9])"),
    rule("landline", rf"(?<![0-9])0{_S}[1-9](?:{_S}[0-9]){{1,2}}{_S}[2-9](?:{_S}[0-9]){{6,7}}(?![0-9])"),
    rule("landline", rf"{_TELEPHONE}[^0-9\n。]{{0,6}}({_LOCAL}{_EXTENSION})(?![0-9])"),
    # After the telephones, so that what is a telephone is called one.
    rule("id_card", rf"{_ID_CARD}{_NEAR}{_NOT_A_DATE}([0-9](?:{_S}[0-9]){{10,19}}{_S}[0-9X])(?![0-9])"),
    rule("id_card", rf"(?<![0-9])([0-9]{{14,19}}[0-9X])(?={_NEAR_BEHIND}{_ID_CARD})"),
    rule("bank_card", rf"{_BANK_CARD}{_NEAR}{_NOT_A_DATE}([0-9](?:{_S}[0-9]){{8,24}})(?![0-9])"),
    rule("bank_card", rf"(?<![0-9])([0-9]{{12,21}})(?={_NEAR_BEHIND}{_BANK_CARD})"),
    # Passports and the permits for Hong Kong, Macao and Taiwan, by their shape or their name.
    rule("id_card", r"(?<![A-Z0-9])(?:[CDEGHMPSW]\s?[0-9]{8}|[CE][A-HJ-NP-Z]\s?[0-9]{7})(?![A-Z0-9])"),
    rule(
        "id_card",
        rf"(?:护照|通行证|居留证|居留许可|军官证|士兵证|残疾证|驾驶证|驾照|台胞证){_NEAR}?([A-Z]{{0,4}}\s?[0-9]{{6,20}}[A-Z]?)",
    ),
    rule("id_card", rf"(?:证件|证|社保|医保|学籍)(?:编号|号码|号){_IS}([A-Z]{{0,4}}[0-9]{{6,20}}[A-Z]?)"),
    rule("plate", rf"[{_PROVINCES}]\s?[A-HJ-NP-Z][\s·•・.\-]{{0,3}}{_PLATE_BODY}"),
    rule("plate", rf"车牌(?:号码|号)?{_IS}((?:[A-HJ-NP-Z][\s·•・.\-]{{0,2}})?{_PLATE_BODY})"),
    # ISO 3779: seventeen letters and digits without I, O and Q; by its name however it is written.
    rule("vin", rf"(?<![A-Z0-9])(?=[0-9]{{0,16}}[A-Z])(?=[A-Z]{{0,16}}[0-9]){_VIN_LETTER}{{17}}(?![A-Z0-9])"),
    rule("vin", rf"{_CHASSIS}{_IS}({_VIN}|[A-Z0-9]{{6,17}})(?![A-Z0-9])"),
    rule("vin", rf"{_ENGINE}{_IS}([A-Z0-9](?:{_EACH}[A-Z0-9]){{4,15}})(?![A-Z0-9])"),
    # (2023)内01民初123号, 京公立案字〔2023〕5号; not 内政发〔2023〕5号.
    rule("case_number", rf"{_IN_BRACKETS}\s?{_COURTS}(?:{_S}[0-9兵]){{0,5}}\s?[一-鿿]{{1,8}}?(?:字)?\s?{_SERIAL}"),
    rule("case_number", rf"{_COURTS}[0-9]{{2,4}}[民刑行执商知赔][一-鿿]{{0,3}}[0-9]{{1,8}}号"),
    rule(
        "case_number", rf"[一-鿿]{{1,4}}\([一-鿿]{{1,4}}\)[一-鿿]{{0,4}}{_CASE_WORD}[一-鿿]{{0,6}}字?{_IN_BRACKETS}字?{_SERIAL}"
    ),
    rule("case_number", rf"[一-鿿]{{0,6}}{_CASE_WORD}[一-鿿]{{0,6}}字?{_IN_BRACKETS}字?{_SERIAL}"),
    rule(
        "case_number", rf"(?:案号|案件编?号|受案号|立案号|卷宗号|事故编号|认定书编?号){_IS}([A-Z0-9](?:{_S}[A-Z0-9]){{4,24}})"
    ),
    rule("mail", r"(?<![0-9])[1-9](?:\s{1,2}[0-9]){4,11}\s?@\s?[A-Z0-9\-]{1,63}+(?:\s?[.。]\s?[A-Z0-9\-]{1,63}+){1,8}"),
    rule("mail", r"(?<![A-Z0-9._%+\-])[A-Z0-9._%+\-]{1,128}+\s?@\s?[A-Z0-9\-]{1,63}+(?:\s?[.。]\s?[A-Z0-9\-]{1,63}+){1,8}"),
    rule(
        "mail",
        rf"(?<![A-Z0-9._%+\-])[A-Z0-9._%+\-]{{2,64}}+{_AT}(?:[A-Z0-9\-]{{1,63}}+\s?[.。点]\s?){{1,4}}(?:COM|CN|NET|ORG)(?![A-Z0-9])",
    ),
    rule("wechat_id", r"(?<![A-Z0-9])WXID_[A-Z0-9]{6,20}"),
    rule(
        "wechat_id", rf"(?:{_WECHAT}{_IS}){{1,2}}([A-Z](?:[A-Z0-9_\-]|\s(?=[0-9])){{5,24}}|[1-9](?:{_S}[0-9]){{6,12}}(?![0-9]))"
    ),
    rule("qq", rf"{_QQ}{_IS}([1-9](?:{_S}[0-9]){{4,11}})(?![0-9])"),
    rule("number", rf"{_OF_A_PERSON}{_IS}(?=[A-Z_\-]{{0,12}}[0-9])([A-Z0-9](?:[A-Z0-9_\-]|\s(?=[0-9])){{4,24}})"),
    rule(
        "number", rf"(?:房产证|房权证|产权证书?|土地证)(?:编号|号)?{_IS}([一-鿿]{{0,8}}[证权][一-鿿]{{0,4}}第?[0-9]{{4,12}}号?)"
    ),
    rule("number", rf"(?<![A-Z])UID{_IS}([0-9]{{4,16}})(?![0-9])"),
    rule("number", rf"密码{_IS}(?=[A-Z_.\-]{{0,20}}[0-9])([A-Z0-9_.\-]{{4,20}})"),
    rule("birthday", rf"(?:出生(?:年月日?|日期|时间)?|生日|生于){_IS}({_DATE})(?![0-9])"),
    rule("birthday", rf"({_DATE})\s?(?=出?生(?:[于人,。;)\s]|$))"),
)
