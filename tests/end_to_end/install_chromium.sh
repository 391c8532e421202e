#!/bin/sh
# 端到端测试要用 Debian 的 Chromium 和中文字体；已有就不装，装不了只提示（那时端到端测试会跳过并说明）。
command -v chromium >/dev/null 2>&1 && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "提示：没有 chromium，端到端测试将跳过。请安装 chromium 和 fonts-noto-cjk。" >&2
  exit 0
fi
echo "[测试] 安装 Chromium 与中文字体"
apt-get update -qq >/dev/null && \
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null 2>&1 || \
  echo "提示：Chromium 没有装上，端到端测试将跳过。" >&2
exit 0
