"""The commands as a user types them, in a child process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TRIAGE = Path(sys.executable).parent / "triage"


def run(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(TRIAGE), *args],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_predict_keeps_order_and_never_stops(tmp_path: Path) -> None:
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    good = json.dumps({"id": "好", "text": "厂里三个月没发工资了"}, ensure_ascii=False).encode()
    lines = [good, b"{bad", b'{"id":"x"}', b'{"id":"g","text":"\xb9\xa4"}', b'{"id":7,"text":""}']
    source.write_bytes(b"\n".join(lines) + b"\n")
    done = run("predict", str(source), "-o", str(output))
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert [a["id"] for a in answers] == ["好", "line-2", "x", "line-4", "7"]
    assert answers[0]["type"]["label"] == "labour"
    assert ["error" in a for a in answers] == [False, True, True, True, True]


def test_predict_text_prints_one_result() -> None:
    done = run("predict", "--text", "隔壁砌墙占了我家半尺地")
    assert json.loads(done.stdout)["type"]["label"] == "other"


def test_similar_scores_the_closer_higher(tmp_path: Path) -> None:
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    row = {
        "id": "1",
        "query": "表哥借了五万块，借条在，电话不接。",
        "candidates": ["堂弟借款六万元，有借条，失去联系。", "楼上漏水泡坏了吊顶。"],
    }
    source.write_text(json.dumps(row, ensure_ascii=False) + "\n{}\n", encoding="utf-8")
    assert run("similar", str(source), "-o", str(output)).returncode == 0
    first, second = map(json.loads, output.read_text(encoding="utf-8").splitlines())
    assert first["scores"][0] > first["scores"][1]
    assert "error" in second


def test_messages_follow_the_locale(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.jsonl")
    assert "找不到文件" in run("predict", missing, "-o", "x", TRIAGE_LANG="zh").stderr
    assert "file not found" in run("predict", missing, "-o", "x", TRIAGE_LANG="en").stderr
    assert run("predict").returncode == 2


def test_risk_explain_prints_the_derivation() -> None:
    done = run("risk", "explain", "--text", "汽油买好了，你们看着办")
    assert "WEAP-01" in done.stdout
    assert "红色" in done.stdout


def test_serve_refuses_the_open_network() -> None:
    done = run("serve", "--host", "0.0.0.0")
    assert done.returncode == 2
    assert "没有账号" in done.stderr


@pytest.mark.parametrize("command", ["predict", "similar", "train", "evaluate", "bench", "serve"])
def test_help_is_there(command: str) -> None:
    assert run(command, "--help").returncode == 0


def test_knowledge_check_passes() -> None:
    done = run("data", "check", "--knowledge")
    assert done.returncode == 0
    assert "42 个细类" in done.stdout


def test_import_rule() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports")],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stdout
