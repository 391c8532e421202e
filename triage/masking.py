"""Personal data replaced by Chinese placeholders in texts shown to others.

Patterns, not checksums: a mistyped identity number is still somebody's (ecosystem.md). Names are
taken after role words and from jieba's `nr` tags beside a surname; 老张 and 申请人 stay.
"""

from __future__ import annotations

import re

_COMPOUND = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|司徒|端木|独孤|南宫|长孙|宇文"
_SURNAME = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章云苏潘葛范彭郎鲁韦马苗凤花方俞任袁柳"
    "鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞"
    "熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫经房裘缪干解应宗丁宣邓"
    "郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊惠甄曲家封芮储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫"
    "宁仇栾暴甘厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴闻党翟谭贡劳逄姬申扶堵冉宰郦雍桑桂"
    "牛寿通边扈燕冀浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩"
    "厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公覃"
)
_ROLE = (
    r"(?:被申请人|申请人|被告人|被告|原告|当事人|来访人|来电人|反映人|投诉人|受害人|死者|伤者|丈夫|妻子|老公|老婆|儿子|女儿|"
    r"父亲|母亲|公公|婆婆|房东|老板|经理|村民|业主|职工|工人|邻居|司机|借款人|出借人|担保人|包工头|甲方|乙方|姓名|联系人|名叫|叫做|我叫|他叫|她叫)"
)
#: Words that follow a role and look like a surname plus a given name.
_NO_NAME = re.compile(
    r"^(?:[一-龥]?(?:某|女|男|说|称|是|在|和|与|及|的|了|已|因|于|不|也|都|要|认|向|对|为|从|未|无|有|把|被|同|间|方|主|家|车|能|应))"
)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "〔邮箱〕"),
    (re.compile(r"(?<![\dA-Za-z])\d{17}[\dXx](?![\dA-Za-z])|(?<!\d)\d{15}(?!\d)"), "〔身份证〕"),
    (
        re.compile(r"(?<![\dA-Z])[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}(?![\dA-Z])"),
        "〔信用代码〕",
    ),
    (re.compile(r"(?<!\d)(?:\d{4}[ -]?){3,4}\d{3,4}(?!\d)"), "〔银行卡〕"),
    (re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)"), "〔电话〕"),
    (re.compile(r"(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)"), "〔电话〕"),
    (
        re.compile(
            r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·•. ]?"
            r"(?=[A-HJ-NP-Z\d]{4,5}[A-HJ-NP-Z\d挂学警港澳])[A-HJ-NP-Z\d]{5,6}[挂学警港澳]?"
        ),
        "〔车牌〕",
    ),
    (
        re.compile(r"(?<=微信号)[:：是 ]?[A-Za-z][\w-]{5,19}|(?<=微信)[:：][A-Za-z][\w-]{5,19}"),
        "〔微信号〕",
    ),
    (re.compile(r"(?:(?<=QQ)|(?<=qq)|(?<=QQ号))[:：号是 ]{0,2}\d{5,11}"), "〔QQ号〕"),
    (
        re.compile(
            r"[一-龥]{1,6}(?:路|街|大道|巷|弄|里弄)\d+(?:-\d+)?号?(?:[一-龥]{1,8}(?:小区|花园|公寓|苑|城|庭))?"
            r"(?:\d+(?:幢|栋|号楼|座))?(?:\d+单元)?(?:\d+(?:室|号))?"
            r"|[一-龥]{2,8}(?:小区|花园|公寓|苑|新村)\d+(?:幢|栋|号楼|座|号)(?:\d+单元)?(?:\d+(?:室|号))?"
            r"|[一-龥]{2,4}村(?:第?[\d一二三四五六七八九十]+组)\d*号?"
        ),
        "〔地址〕",
    ),
)
_AFTER_ROLE = re.compile(
    rf"(?P<role>{_ROLE})(?P<mark>[:：]?)(?P<name>(?:{_COMPOUND})[一-龥]{{1,2}}|[{_SURNAME}][一-龥]{{1,2}})"
    r"(?=[，。,（(、；：:\s]|$|称|说|与|和|于|在|因|向|欠|借|系|认为|反映|将|把|被|到|拒|不|的|等|及|来|住|男|女)"
)


def mask(text: str) -> str:
    """`text` with numbers, addresses and names of persons replaced; masking twice changes nothing."""
    for pattern, placeholder in _PATTERNS:
        text = pattern.sub(placeholder, text)
    return _AFTER_ROLE.sub(_hide_name, text)


def _hide_name(match: re.Match[str]) -> str:
    name = match["name"]
    if _NO_NAME.match(name) or _NO_NAME.match(name[1:]) or "某" in name:
        return match.group()
    surname = re.match(_COMPOUND, name)
    kept = surname.group() if surname else name[0]
    return f"{match['role']}{match['mark']}{kept}某"
