"""A clerk and a supervisor in real headless Chromium against the real server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ROOT = Path(__file__).parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
SIX = "老板失联，老板娘进了看守所，我们六个人的工钱怎么办？"

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    database = tmp_path_factory.mktemp("e2e") / "e2e.db"
    log = tmp_path_factory.mktemp("log") / "server.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / "triage"), "serve", "--port", str(port)],
            env={**os.environ, "TRIAGE_DATABASE": f"sqlite:///{database.as_posix()}"},
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{url}/readyz", timeout=2).read()
                break
            except OSError:
                assert process.poll() is None, log.read_text()
                time.sleep(0.5)
        else:
            pytest.fail("server did not start: " + log.read_text())
        yield url
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def page(server: str):  # type: ignore[no-untyped-def]
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        opened = browser.new_page(viewport={"width": 1366, "height": 768})
        outside: list[str] = []
        faults: list[str] = []
        opened.on("request", lambda r: outside.append(r.url) if not r.url.startswith(server) else 0)
        opened.on("pageerror", lambda e: faults.append(str(e)))
        opened.on("console", lambda m: faults.append(m.text) if m.type == "error" else 0)
        opened.goto(server)
        yield opened
        browser.close()
        assert not outside
        assert not [f for f in faults if "422" not in f]


def serious(page) -> list[str]:  # type: ignore[no-untyped-def]
    """axe violations that would keep somebody from using the page."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [v["id"] for v in found if v["impact"] in ("serious", "critical")]


def test_from_narrative_to_acknowledgement(page, server: str) -> None:  # type: ignore[no-untyped-def]
    page.fill("#text", SIX + "今天不给钱我就拎刀上他家。")
    assert "已写 39 字" in page.inner_text("#count") or "字" in page.inner_text("#count")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".decide")
    result = page.inner_text("#result")
    assert "职工（劳动争议）调解委员会" in result
    assert "红色" in result
    assert "劳动仲裁" in result
    assert page.locator("mark.risk-red").count() >= 1
    assert page.locator(".similar article").count() == 3
    assert not serious(page)

    assert not page.is_visible("#correction")
    page.click("#correct")
    assert page.is_visible("#correction")
    page.select_option("select[name=sub_type]", "COM-SERV")
    page.click("button[value=correct]")
    page.wait_for_selector(".banner.error")
    assert "理由" in page.inner_text(".banner.error")
    assert page.input_value("#text").startswith("老板失联")

    page.select_option("select[name=sub_type]", "COM-SERV")
    page.select_option("select[name=reason_code]", "type")
    page.fill("input[name=decided_by]", "王敏")
    page.click("button[value=correct]")
    page.wait_for_url("**/cases/*")
    assert "已登记" in page.inner_text(".banner.ok")
    code = page.inner_text(".banner.ok strong")
    assert not serious(page)

    page.goto(f"{server}/supervisor")
    assert code in page.inner_text("#board")
    assert not serious(page)
    page.fill(f"form[action='/supervisor/{code}/acknowledge'] input[name=by]", "陈主任")
    page.click(f"form[action='/supervisor/{code}/acknowledge'] button")
    page.wait_for_load_state()
    assert "待确认（0）" in page.inner_text("#board")
    assert "陈主任" in page.inner_text("#board")


def test_accept_in_one_click_and_find_it(page, server: str) -> None:  # type: ignore[no-untyped-def]
    page.fill("#text", "隔壁砌墙占了我家半尺地，说了三年不肯拆。")
    page.click("#go")
    page.wait_for_selector(".decide")
    page.click("button[value=accept]")
    page.wait_for_url("**/cases/*")
    page.goto(f"{server}/cases?text=隔壁砌墙")
    assert "共 1 件" in page.inner_text(".pager")
    assert not serious(page)


def test_empty_text_says_what_to_do(page) -> None:  # type: ignore[no-untyped-def]
    page.click("#go")
    page.wait_for_selector(".banner.error")
    assert "正文是空的" in page.inner_text(".banner.error")


def test_plain_form_without_script(server: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(java_script_enabled=False)
        opened = context.new_page()
        opened.goto(server)
        opened.fill("#text", SIX)
        opened.click("#go")
        assert "采纳并登记" in opened.inner_text("body")
        opened.click("button[value=accept]")
        assert "已登记" in opened.inner_text("body")
        browser.close()
