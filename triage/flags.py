"""Outcome flags (`domain.md` section 3): what the text is, besides a kind of dispute."""

from __future__ import annotations

import re

from triage.result import Extracted

#: From this many people on one side a filing counts as a group (same number as R-MASS watch).
GROUP_SIZE = 5

_HAN = re.compile(r"[一-鿿]")
_LATIN = re.compile(r"[A-Za-z]{2,}")
_INSTRUCTION = re.compile(
    r"(忽略|无视|忘记|不要理会|跳过|绕过)[^。！？]{0,8}(以上|上述|上面|之前|前面|所有|全部|系统|规则|指令|提示)|"
    r"(判|标|评|定|输出|返回|回答|设置?)(为|成|定为)?[^。，]{0,4}(蓝色|红色|橙色|黄色|蓝|JSON|json|最低风险)|"
    r"你(现在)?是(一个|一名)?[^。，]{0,8}(模型|助手|AI|机器人|系统)|"
    r"(ignore|disregard|forget)\s+(all|the|any|previous|above)|system\s*prompt|<\|?(im_start|system)",
    re.IGNORECASE,
)
_CONSULT = re.compile(
    r"(请问|咨询|问一下|问下|想问|打听|了解一下|怎么办理|如何办理|需要(什么|哪些)(材料|手续|证件)|流程|几点|在哪)"
)
_GRIEVANCE = re.compile(
    r"(不给|不肯|拖欠|欠|赖|骗|打|骂|赔|退|拒绝|拒不|扣|抢|占|堵|坏了|受伤|被|告|追|闹|不认|推|拖着)"
)


def find_flags(text: str, extracted: Extracted, foreign: bool) -> set[str]:
    """Flags of a normalised narrative.

    Args:
        foreign: a foreign party was found by the extractor.
    """
    flags: set[str] = set()
    han, latin = len(_HAN.findall(text)), sum(len(m) for m in _LATIN.findall(text))
    if han + latin == 0:
        flags.add("EMPTY")
    if foreign or (han < 4 and latin >= 8):
        flags.add("FOREIGN")
    if extracted.headcount is not None and extracted.headcount >= GROUP_SIZE:
        flags.add("GROUP")
    if _INSTRUCTION.search(text):
        flags.add("INSTRUCTION_LIKE")
    if _CONSULT.search(text) and not _GRIEVANCE.search(text):
        flags.add("CONSULT")
    return flags


def unsupported_language(text: str) -> bool:
    """No Chinese to read, but words in another script: handed to a person, no guess."""
    return len(_HAN.findall(text)) < 2 and sum(len(m) for m in _LATIN.findall(text)) >= 4
