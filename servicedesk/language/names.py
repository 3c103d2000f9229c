"""Names of persons by the words around them: 我叫张三, 李四先生, 户主:王五."""

from __future__ import annotations

import re

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林郑谢罗梁宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭"
    "陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤包乌那苗关云齐冀岳温庞樊"
    "兰殷施洪翟安颜倪牛俞章鲁葛毕聂丛焦柴蒙阎"
)
_DOUBLE = "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|令狐|呼延|端木|司徒"
_SURNAME = f"(?:{_DOUBLE}|[{_SURNAMES}])"
_GIVEN = r"[一-鿿]{1,2}"
# A character that cannot be part of a given name ends it: verbs, particles and the like that follow a name in plain speech.
_END = (
    r"(?=$|[\s,。.;、!?:()0-9A-Za-z]|的|是|在|住|家|和|与|于|因|电话|手机|身份证|今年|我|男|女|先生|女士|同志"
    r"|老师|师傅|大夫|医生|反映|想|要|来自|有|去|到|说)"
)
_CUE = (
    r"(?:我叫|我是|我的名字(?:叫|是)?|本人(?:叫|姓名)?|姓名|名字叫|户主|联系人|申请人|举报人|投诉人|业主|患者|病人"
    r"|法人|收款人|户名|学生|孩子叫|儿子|女儿|老公|丈夫|妻子|媳妇|父亲|母亲|爸爸|妈妈|爱人|叫做|名叫|老板叫|老板)[是为:\s]*"
)
_TITLE = r"(?:先生|女士|小姐|同志|师傅|老师|大爷|大妈|阿姨|叔叔|大哥|大姐|经理|老板|主任|医生|大夫|护士长|村长|书记|会计)"

_AFTER_CUE = re.compile(f"{_CUE}({_SURNAME}{_GIVEN}){_END}")
_BEFORE_TITLE = re.compile(f"({_SURNAME}{_GIVEN}|{_SURNAME})(?={_TITLE})")
_CALLED = re.compile(rf"([小老][{_SURNAMES}])(?=[\s,。说家的和在是]|$)")
# Words that look like a surname and a given name and are none.
_NOT_NAMES = frozenset(
    """
    高中 高级 高龄 白天 万一 关于 江苏 安全 金融 方便 向上 周末 周一 周二 周三 周四
    周五 周六 周日 何时 许多 成年 任何 常年 马上 石油 包工
    """.split()
)
# Single characters before a title that say who, not which: 王主任 is a name, 金老板 too; these are not.
_NOT_BEFORE_TITLE = frozenset("高方安金关白包向万")


def find_names(text: str) -> list[tuple[int, int]]:
    """Start and end of each name found by the words around it."""
    found = [match.span(1) for match in _AFTER_CUE.finditer(text)]
    found += [match.span(1) for match in _BEFORE_TITLE.finditer(text) if match[1] not in _NOT_BEFORE_TITLE]
    found += [match.span(1) for match in _CALLED.finditer(text)]
    names = [
        (start, end) for start, end in found if text[start:end] not in _NOT_NAMES and text[start : start + 2] not in _NOT_NAMES
    ]
    return sorted(set(names) | set(_repeated(text, names)))


def _repeated(text: str, names: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """A name of two or more characters, once known, is a name wherever it stands again."""
    known = {text[start:end] for start, end in names if end - start >= 2}
    return [match.span() for name in known for match in re.finditer(re.escape(name), text)]
