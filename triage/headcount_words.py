"""How people who claim together are counted in speech: one pattern a way of saying it.

The groups are the same everywhere: `n` and `more` the number, `c` the measure, `who` the noun.
`headcount` weighs what the patterns find.
"""

from __future__ import annotations

import re

from triage.people import NUMBER, OWN_NOUN

PERSON = r"(?:个人|号人|口人|人|名|位|口子|号|口|个)"
HOUSE = r"(?:户人家|户|家)"
WE = r"(?:我们|咱们|咱|俺们|俺|阮|我哋|阿拉|伲|额们|大家伙|大家|大伙)"
_COUNTED = rf"{NUMBER}(?P<c>{PERSON}|{HOUSE})(?P<who>{OWN_NOUN})?"

#: What may stand between 我们 and the number: 宿舍, 这批退休职工, 被欠薪的一共是, 组到场的 – but nobody else,
#: and no verb that makes the counted ones its object (找了三个人, 养了五个).
_BETWEEN = (
    r"(?:(?!和|跟|与|给|对方|他|她|老板|房东|请|找|问|雇|派|欠(?!薪)|生|养(?!殖)|打(?!工)|告|见|说|讲|看|每|第|初|群|认识|隔壁|对面|买|租(?!户|客)|开(?!发区)|卖|吃|轮|让|叫|等|"
    r"家(?=[有里一二两三四五六七八九十])|屋里|里头有)"
    r"(?:[^\W\d_零一二两三四五六七八九十百几好上]|一(?=[起伙行组班块同道帮批共])|上(?=当|课|班|访)|[\d一二三四五六七八九十]{1,2}(?=[期楼组队班栋幢号]))){0,10}?"
)
OURS = re.compile(
    rf"{WE}{_BETWEEN}(?:有|来了|去了|是|就|就是|都是|剩下?|一共|总共|共|现在)?{_COUNTED}"
)
#: 我们村有三百户: how big the place is.
PLACE_SIZE = re.compile(
    r"(?:小区|村|厂|楼|公司|店|组|单元|栋|院|校|镇)(?:里|上)?(?:一共|总共|共|就)?(?:有|住)"
)
TOTAL = re.compile(
    rf"(?P<how>(?:一共|总共|共)(?:去|来)了|一共|总共|共计|共有|共|合计|拢共|统共|连我|加我|加上我|算上我|包括我|连同我|全班组|全组|班组|来人|来访|一行|一伙|一帮|等)(?:在内)?(?:是|有)?{_COUNTED}"
)
PLUS_ME = re.compile(
    rf"(?:(?:我|俺)(?:家)?(?:和|跟|同|与|还有|带着?|加上|领着|连同)|除(?:了|开)?我(?:之外|以外)?)(?P<other>(?:还有|另外|其他|其余|别的|剩下|的|一起的|同厂|同村|班上|同班组|同组|我|俺|那|这)*)"
    rf"{NUMBER}(?P<c>个|名|位|户|家)(?P<who>{OWN_NOUN}|徒弟|帮工|人(?!家)|邻居)?"
)
#: 我家跟对门、还有楼上三家: those named and those counted.
NAMED_AND_COUNTED = re.compile(
    rf"(?:我|俺)们?家?(?:和|跟|同|与)(?P<list>[^，。！？；\d一二两三四五六七八九十]{{1,10}}?)(?:、|还有|以及|加上|和|跟)+[^，。！？；\d一二两三四五六七八九十]{{0,4}}{NUMBER}(?P<c>家|户)"
)

#: 四个同事和我一起被辞退.
AND_ME = re.compile(
    rf"{NUMBER}(?P<c>个|名|位)(?P<who>{OWN_NOUN})(?:和|跟|同|与)(?:我|俺)(?!们|一样|这样|说|讲|吵|打)"
)
#: 还有九个跟我一样的.
LIKE_ME = re.compile(
    rf"(?:还有|另有|另外|另外有){NUMBER}(?P<c>个人|个|人|户|家)(?P<who>{OWN_NOUN})?(?:也)?(?:跟|和|像|同)我(?:们)?(?:家)?(?:一样|这样|情况)"
)

_TWO_OR_MORE = r"(?P<n>[两二三四五六]|俩|仨)(?P<c>个人|个|人|口子|口)?"
#: 我跟老婆两个, 我表哥跟我两个人: the person named is one of the two.
TOGETHER = re.compile(
    rf"(?:(?:我|俺)(?:和|跟|同|与)(?P<with>[^，。！？；\d一二两三四五六七八九十]{{1,6}}?)|[^\W\d_的了]{{1,5}}(?:和|跟|同|与)(?:我|俺)){_TWO_OR_MORE}"
)
_KIN = (
    r"(?:老婆|老公|老伴|爱人|媳妇|丈夫|妻子|婆娘|对象|男人|[孩娃][子儿]?他?[爸妈爹娘]|[表堂]?[姐妹哥弟]{1,2}|嫂子|[爸妈爹娘]|父亲|母亲|父母|儿子|女儿|闺女|儿媳|女婿|工友|"
    r"同事|老乡|室友|舍友|同学|朋友|发小|战友|师傅|徒弟|侄子|外甥)"
)
#: 我和孩子他爸都在这个厂: two without a number.
BOTH = re.compile(
    rf"(?:(?:我|俺)(?:和|跟|同|与)(?:我|俺)?{_KIN}|(?:我|俺)?{_KIN}(?:和|跟|同|与)(?:我|俺))(?:(?:都|一起|一块儿?|一道|一同)(?=在|去|来|给|帮|替|干|做|打工|买|交|投|被|让|叫|没|租|种|报|签|办)|(?=在他(?:们|那|家|店|厂)|一人|每人|各自?[交出花买]))"
    r"|(?:我|俺)(?:家)?(?:和|跟|同|与)[^，。！？；\d一二两三四五六七八九十]{1,6}都(?=被|没拿|没领|没发|没收|让他|交了|遭)"
)
_FAMILY = r"夫妻|夫妇|弟兄|娘儿|娘|爷儿|爷|姐妹|姊妹|姐弟|兄弟|兄妹|母女|母子|父子|父女|妯娌|婆媳|祖孙|爷孙|叔侄|师徒|公婆"
PAIR = re.compile(
    rf"(?:(?:{WE}|我)(?P<kin>{_FAMILY}|哥|老)?|(?:^|(?<=[，。！？；]))(?P<kin2>{_FAMILY}|哥儿?|姐儿?))(?P<w>俩|仨|两口子|两口|夫妻二人|两公婆|老两口|夫妻两个|夫妻两人)(?![两三]?个?(?:孩|娃|儿|女|崽))"
)
#: 我们姐妹四个, 弟兄五个给他盖房, 我们三姐妹.
FAMILY_OF = re.compile(
    rf"(?:(?:{WE}|我|(?:^|[，。！？；]))(?P<kin>{_FAMILY})|(?:{WE}|(?:^|[，。！？；]))(?P<kin3>哥儿?|姐儿?))(?P<n>[两二三四五六七八])(?P<c>个人|个|人)"
    rf"|{WE}(?P<n2>[两二三四五六七八])(?P<kin2>姐妹|兄弟|姐弟|兄妹|弟兄|姊妹|妯娌)"
)
#: 一家四口食物中毒: a family counts when it came to harm together.
FAMILY_HARMED = re.compile(
    r"(?:一家|全家|一家子|我们?家)(?:老小)?(?P<n>[三四五六七八九十])(?P<c>口人|口|个人)(?:都|全)?(?=[^，。]{0,6}(?:中毒|过敏|咳嗽|住院|被|受伤|感染|吐|生病|没地方|靠))"
)
#: 我俩 are mostly the two who quarrel; they claim together only when it goes on like this.
CLAIM_TOGETHER = re.compile(
    r"$|[，。！？；]|都|一起|一块|的(?:工|钱|押|货|血汗|[^\W\d_]{0,3}(?:票|钱|费|款))|挤|被|在[^，。]{0,8}(?:干|做|打工|打了|上班)|干|做|打工|来|去|没拿|没领|没发|"
    r"拿不到|给他|跟他|跟人家|跟老板|帮他|到现在|工资|工钱|工龄|社保|合租|合买|承包|辛苦|凑|租|买|投|种|养|交|签"
)
EACH_OTHER = re.compile(
    r"结婚|离婚|分手|感情|恋爱|领证|领了证|认识|同居|相亲|吵|打起来|打架|合伙|彩礼|性格|过不下去|分居|订婚|处对象|对门|邻居|动过手"
)
#: Said anywhere: the two are each other's opponents.
SPLIT = re.compile(r"离婚|分手|分居|散伙|拆伙|退股|退伙|彩礼|出轨|法人|分红|股权|注册")
INHERIT = re.compile(r"遗产|继承|赡养|老宅|分家|过世|去世|轮流|养老|拆迁款|遗嘱|析产|老人|瘫|弃养")
SIBLINGS = re.compile(r"姐妹|兄弟|弟兄|兄妹|姊妹|姐弟")

PLAIN = re.compile(rf"{NUMBER}(?P<c>{PERSON})?(?P<who>{OWN_NOUN})")
NOUN_FIRST = re.compile(
    rf"(?P<who>{OWN_NOUN})们?(?P<n>\d{{1,4}}|[一二两三四五六七八九十百]{{1,5}}[几多来余]?)(?P<more>)(?P<c>个人|个|名|人)(?=[，。；、]|$|反映|来|均|都|跟|被|在|给|没)"
)
_HEAD = r"(?P<c>个人|号人|人|户|家)"
#: What is owed to them: 三个人的运费, 九个人每人被拿走两千.
OF_PAY = re.compile(
    rf"{NUMBER}{_HEAD}(?:的?(?:工资|工钱|血汗钱|押金|货款|劳务费|加班费|社保|补偿)|的[^\W\d_的]{{0,4}}(?:钱|款|费|薪|金|账|工资|补偿|货)(?!都?(?:给|发|结)了)|"
    r"[^\W\d_]{0,2}(?:每人|每户|每家|一人|一户|人均|户均|各(?!自|有|说)|平均)|都?(?:没领|没拿|没发)|签了?字|签了?名|联名|按了?手印|不签)"
)
#: What they do together: 五个人要查账, 三家合起来要装电梯.
ACTING = re.compile(
    rf"{NUMBER}{_HEAD}(?:都|全都?)?(?:一起|共同|联名|联合|集体|合起来|合伙|凑|至今|到现在|一分|谁都|谁也|没(?!关系|事)|被(?!告)|要(?:求|查|退|讨|告|换|钱|回)|反映|投诉|不同意|不肯签|签|受(?:害|骗|伤|影响)|等着|托|推(?:我|举)|委托|派)|"
    rf"{NUMBER.replace('<n>', '<n2>').replace('<more>', '<more2>')}(?P<c2>个人|号人|人)(?:从|在|给|跟|帮|替)[^，。]{{0,8}}(?:干|打|做)(?:了|到|活|工)"
)
#: 一块儿干活的九个人, 剩下的二十五个人.
SAME = re.compile(
    rf"(?:一起|一块儿?|一道|一同|同去|同来|同批|同组|同班组|同一?批|剩下|其余|余下|干活|上班|做活|做工)[^，。！？；\d一二两三四五六七八九十]{{0,6}}(?:的|有|是){NUMBER}(?P<c>个人|号人|人|位|名)"
)
#: 全楼五十四户都签了字.
WHOLE = re.compile(
    rf"全(?:组|楼|村|队|班|车间|厂|店|单元|栋|院|小区|校|街|部门|寨|屯|湾)(?:上下)?(?:一共|总共|共)?{NUMBER}(?P<c>个人|号人|人|户|家|名|位)(?P<who>{OWN_NOUN})?(?=都|没|全|被|联名|签|要求|一起|不同意|的(?:工资|钱))"
)
#: 我们家躺了四个: those of the family who came to harm.
HARMED = re.compile(
    rf"(?:{WE}|我)家[^，。！？；\d一二两三四五六七八九十]{{0,4}}(?:躺|倒|病|伤|中毒|住院|住|烧|吐|拉)(?:下|院|进医院)?了?{NUMBER}(?P<c>个人|个|口人|口|人)(?!月|小时|星期|礼拜)"
)
#: 号人 counts a crowd, nearly always the teller's: 十几号人等着吃饭.
HEADS = re.compile(rf"{NUMBER}(?P<c>号人|口子人)")
HOUSES = re.compile(
    rf"{NUMBER}(?P<c>户人家|户|家(?=商户|业主|租户|店|农户|住户))(?P<who>{OWN_NOUN})?"
)
HOUSES_CLAIM = re.compile(
    r"[，。！？；]|$|都|一起|没|联名|要求|的|至今|集体|找|来|去|受|被|反映|投诉|业主|农户|全|村民|地|田|鱼塘|房|托|签|种|买|喝|吃|用|绝收|交"
)
PEOPLE_AFTER = re.compile(
    r"人|的|一起|都|就|也|[，。！？；、]|$|被|在|去|来|干|上|没|全|今天|已经|从|是|[一-龥]{0,3}工(?![资程钱])|做|拿|要|等|到|年轻|姐|哥|老|女|男|小伙|姑娘|大姐|大叔|大妈|"
    r"(?:坐|搭|跑|养|种|卖|干|搞|住|带|拉|扫|修|绑|砌|刷|守|开)[一-龥]{0,4}的|业|村|会|学|租|住户|家|股(?!东)|车主|邻|合|同|共|凑|签"
)
#: Nouns that mean the teller's side only when 我们 or a claim stands by them.
LOOSE_NOUN = re.compile(
    r"(?:老师|护士|司机|老人|阿姨|群众|当事人|妇女|申请人|同学|学生|买家|店员)$"
)
OTHERS = re.compile(
    r"(?:他们|她们|对方|对面|那边|他家|她家|来了|叫来|叫了|带了|带来|喊了|喊来|冲进来|催收的?|保安|打手|民警|警察|公司派|派了|雇了|手下|他[^，。]{0,2}一伙|"
    r"找了|请了|问了|另有|还有|另外有|已有|已经有|介绍了|认识|[爸妈爷奶公婆娘爹]有|管|听|拉了|老板就认了|就认了|只认)[^，。]{0,5}$"
)
ATTACK = r"[^，。]{0,4}(?:打我|围着?我|堵我|堵在我|砸|按住|拖我|拽|追着?我|骂我|冲进|把我|来我家|到我家|闯|殴打|逼我|将我)"
#: Before a number: it says how big the place is …
SIZE = re.compile(
    r"(?:群|微信群|粉丝|公司|(?<!同)厂里?|工厂|单位|店里|学校|全村|全县|班上|项目上|工地上?|车间|酒席|直播间|队|水库上游|这条街|学区|里|上|楼|小区|(?<!同)村|社区|巷子)"
    r"(?:里|上|内)?(?:一共|总共|大概|现在|现)?(?P<has>有|住着?|住了|才|是)?(?:个|着)?$"
)
_SMALL_PLACE = re.compile(r"(?:里|上|楼|小区|村|社区|巷子)(?:里|上|内)?$")
#: … unless those counted have a complaint.
COMPLAINT = re.compile(r"(?:都|全)?(?:没|被|一分|联名|要求|签|不同意|受害|受骗|至今)")

#: Any number of people or households; whether they claim, the sentence says.
_PERSONAL = rf"{OWN_NOUN}|老?(?:姐妹|姐们|哥们|弟兄|姑娘|小伙子?|媳妇|乡亲|邻居|街坊|师兄弟|老师傅|老头|老太太?|[股网彩散船渔牧茶果]民)|[^\W\d_的]{{0,3}}(?:工人|工(?![作程地资期序艺钱])|匠|员|户|客|商户|家长|学生|乘客|徒弟|徒|友|嫂|业主|老板娘|摊主|主播|模特|司机|手)"
MENTION = re.compile(
    rf"(?<![第每\d.初数几]){NUMBER}(?P<c>个人|号人|人(?!民|行|家|均|次|份|事|工|才|口|大|社|寿|保)|名|位|户人家|户|家(?=商|业|农|住|店|养|门|铺|饭|小|都|人|没|的(?:钱|货)|[，。])|个(?={_PERSONAL}|[，。！？；]|跟我|和我|都|一起))(?P<who>{_PERSONAL})?"
)
#: Before the number: it is the teller's own side …
OWN_BEFORE = re.compile(
    r"我们|咱|俺|[和跟像同]我(?:一样|这样|一起|一块|情况|干)|连我|加上我|算我|我(?:带|领|手下|手底下|班|组|代表|替)|一起|一块|同(?:车间|村|厂|批|寝室|宿舍|班|组|队|期)|(?:受|被|上当|没|未|不)[^，。]{0,6}的[^，。]{0,4}$|签[名字]|联名|受害|受骗|上当"
)
#: … or, in the same sentence, they have a grievance of the kind that is brought here.
GRIEVANCE = re.compile(
    r"没(?:给|发|拿|领|结|签|退|到|见|着落|人管|办|出|有一|一个|一户|一家|收到|兑现|交)|不(?:给|发|退|管|认|赔|交房|理)|一分|一个都|工资|工钱|血汗|押金|运费|货款|补偿款|社保|被(?!告)|骗|坑|跑路|压着|拖|欠|"
    r"都(?:交了|买了|签|投|要|漏|受|等|不)|要求|反映|联名|按手印|凑|滞留|过敏|中毒|拿不到|要不回|漏|停[水电暖]|住不进|倒闭|关门|关了门|失联|联系不上|干[了到]|合买|的团|扔在|撂在|每人|人均|一人|种了|不热|不退|没退|赔"
)
#: They got theirs, only the teller did not.
ONLY_ME = re.compile(r"(?:就剩?下?|只有|只剩|唯独|唯有|偏偏?|单单?|独独|光)(?:是)?(?:我|俺)(?!们)")
#: People who merely were there: 我们一车四个人吓得够呛.
BY_CHANCE = re.compile(r"一[车桌屋船]")
#: Partners and heirs are each other's opponents; a handful of people beside these words are they.
PARTNERS = re.compile(r"合伙|股东|入股|股份|注册|法人|继承|赡养|遗产|析产|存折|养老|共营|合开")
#: Before the number: people of the other side, employees hired, those asked or seen.
NOT_OURS = re.compile(
    r"(?:他|她|对方|老板|房东|物业|那边|请|雇|招|找|叫|喊|带(?!的)|派|来了|冲|养|生|有个|管|问|见|看到|听|介绍|伙同|里有|公司有|[考掉排前]|[车船]上|股东|群|隔壁|对门|楼上|楼下)[^，。！？；]{0,6}$"
)


def is_size(before: str, after: str) -> bool:
    """Whether what stands before a number makes it the size of a place, shop or chat group.

    站里三十来个骑手 is a claim, 楼里住着九十户 and 厂里三十个工人 are sizes, 厂里有二十个工人没拿到钱 a claim.
    """
    m = SIZE.search(before)
    if m is None or COMPLAINT.match(after):
        return False
    if m["has"]:
        return True
    return not _SMALL_PLACE.search(m.group()) and not GRIEVANCE.search(after)
