"""Chinese names of codes, for pages and print-outs; codes themselves are for machines."""

from __future__ import annotations

import datetime as dt

from serve.storage.cases import CHINA

LEVELS = {"red": "红色", "orange": "橙色", "yellow": "黄色", "blue": "蓝色"}
CASE_LEVELS = {"V": "下派村（社区）", "T": "镇（街道）办理", "C": "县级办理"}
ROLES = {"lead": "牵头", "co": "协同", "alternative": "备选"}
FORMS = {
    "direct": "直说",
    "implicit": "含蓄",
    "negated": "否定",
    "quoted": "转述",
    "hypothetical": "带条件或疑问",
    "historical": "过去的事",
    "slang": "俚语、谐音",
    "false_friend": "字面吓人",
}
SOURCES = {"rule": "规则", "model": "模型"}
FLAGS = {
    "CONSULT": "咨询",
    "EMPTY": "无有效内容",
    "CRIME_LEAD": "涉刑线索",
    "FOREIGN": "涉外",
    "GROUP": "群体",
    "INSTRUCTION_LIKE": "含有指令样文字（已按正文处理）",
}
STATUS = {"registered": "已登记"}
EVENTS = {
    "registered": "登记",
    "acknowledged": "主管确认收到",
    "level_changed": "调整风险等级",
    "audited": "蓝色抽检",
    "linked": "关联到已登记的案件",
}
PROPOSALS = {
    "proposed": "待审批",
    "approved": "已批准",
    "rejected": "未采纳",
    "withdrawn": "已撤回",
}
REASONS = {
    "type": "类型判断不对",
    "body": "机构不合适",
    "risk": "风险等级不合适",
    "fact": "来人补充了情况",
    "party": "当事人另有要求",
    "other": "其他",
}
CHANNELS = ("窗口", "电话", "网格上报", "线上", "转来")
VISITS = ("首访", "重复访")
PENDING = {
    "court": "法院",
    "arbitration": "仲裁",
    "police": "报过警",
    "police_case": "公安立案",
    "review": "行政复议",
    "petition": "信访",
    "inspection": "劳动监察",
    "mediation": "调解过",
}


def local_time(value: dt.datetime | None) -> str:
    """2026-11-24 15:04 in China."""
    return value.astimezone(CHINA).strftime("%Y-%m-%d %H:%M") if value is not None else ""


def waited(since: dt.datetime, now: dt.datetime) -> str:
    """How long, as a person says it: 3 分钟, 2 小时 5 分, 4 天."""
    minutes = int((now - since).total_seconds() // 60)
    if minutes < 60:
        return f"{max(minutes, 0)} 分钟"
    if minutes < 48 * 60:
        return f"{minutes // 60} 小时 {minutes % 60} 分"
    return f"{minutes // 1440} 天"


def yuan(value: float | None) -> str:
    """12600.0 → 12,600 元."""
    if value is None:
        return ""
    return f"{value:,.0f} 元" if value == int(value) else f"{value:,.2f} 元"
