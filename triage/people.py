"""How numbers of people are said: the vocabulary shared by `headcount` and `gathering`."""

from __future__ import annotations

import re

from triage.numerals import read_number

#: 几十 and its like have no lower round figure of their own; this many are meant at least.
_VAGUE = {
    "几十": 20,
    "好几十": 30,
    "十好几": 10,
    "几百": 200,
    "好几百": 300,
    "百十": 100,
    "百八十": 80,
}
_VAGUE |= {"上百": 100, "上百来": 100, "百把": 100, "百来": 100}

#: A number of people: groups `n` and `more` (the approximating word).
NUMBER = (
    r"(?P<n>\d{1,4}|好?几[十百]|十好几|百[十把来]|百八十|上百"
    r"|[一二两三四五六七八九十百千零〇]{1,7}[几多来余]?)(?P<more>[多来余几]|好几)?"
)
#: Trades end in 工 (焊工, 烫工, 环卫工). 工程 and 工资 are none, nor are 停工, 误工, 三十年工龄, 四个月的工.
_TRADE = r"[^\W\d年月天日号时点分开误完停复竣施包打做用招罢怠收嘅的了个名位人口各同加临动]{1,2}工(?![程地资作钱种龄时费伤会商业厂期序艺具棚装])|临时工|小时工"
#: Whom claimants call themselves.
OWN_NOUN = (
    r"(?:学生家长|工人|工友|员工|职工|同事|老乡|姐妹|兄弟|弟兄|哥们|业主|村民|农户|骑手|家长|租客|租户|商户|学员|会员|消费者|受害者|受害人|"
    r"民工|农民工|师傅|住户|社员|学徒|服务员|保洁员?|外嫁女|车主|买家|买主|房主|队员|组员|室友|舍友|工匠|技工|护理员|饲养员|保育员|营业员|店员|收银员|送货员|快递员|外卖员|老职工|退休工人|病友|购房人|承租户|合租的|老师|护士|司机|代驾司机|储户|投资人|"
    r"购房者|劳务人员|当事人|群众|居民|老人|阿姨|摊主|经营户|养殖户|种植户|妇女|大姐|伙计|退休职工|申请人|来访人|焊匠|瓦匠|木匠|同学|学生|"
    rf"{_TRADE})"
)
#: After a number of people: they are somebody or something else.
NOT_OWN_AFTER = re.compile(
    r"多?月|年|天|小时|孩子|娃|儿子|女儿|小孩|子女|星期|礼拜|钟头|电话|证人|律师|警察|民警|法官|房间|厂|公司|老板|保安(?![^，。]{0,4}(?:没|工资|被欠|一分))|钱|工资条|"
    r"(?:住|挤|睡)?一(?:间|屋|桌|组|班|台|辆|个(?:宿舍|屋|房间))|型|[^，。]{0,3}(?:间|室)宿舍|辈|单元|楼|栋|亩|地|里面挑|轮流|"
    r"作证|证明|可以作|能作|看见|亲眼|可以证|在场看|介绍|担保|里头|里面|当中|中[，有]|共用|合用|公用|共有的|顶[\d一二两三四五六七八九十]|股东|合伙人|"
    r"(?:[^，。]{0,3}都)?(?:分到|领到|拿到|补了|补上|结清|结了|发了|搬走|退了)"
)
GROUP_CHAT = re.compile(r"(?:群|粉丝|直播间)[^，。]{0,4}$")


def people(raw: str, more: str | None) -> tuple[int, bool] | None:
    """(lower bound, approximate) of a number of people; None when it is none or not 1–9999."""
    said = raw + (more or "")
    vague = _VAGUE.get(said) or _VAGUE.get(raw)
    if vague is not None:
        return vague, True
    number = read_number(said)
    if number is None or number.value is None or not 1 <= number.value <= 9999:
        return None
    return int(number.value), number.approximate
