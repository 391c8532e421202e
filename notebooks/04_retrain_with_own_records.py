# %% [markdown]
# # 用自己的记录重训
# 受理员的决定就是训练数据：导出（已脱敏）、重训、比较、换上或退回。

# %%
from pathlib import Path

from models.cli import taught_of
from models.options import TrainOptions
from models.train import train
from triage import settings
from triage.bundle import Bundle
from triage.encoder import OnnxEncoder
from triage.pipeline import default_encoder_dir

# 先在命令行： .venv/bin/triage data export-decisions -o decisions.jsonl
decisions = Path("decisions.jsonl")
options = TrainOptions(name="county", extra=(decisions,) if decisions.is_file() else ())

# %%
champion = Bundle.open(settings.bundle_dir())
encoder = OnnxEncoder.open(default_encoder_dir(champion))
print("现用模型包", champion.manifest.name, "编码器", encoder.name)

# %% 命令行等价： triage train --with decisions.jsonl -o var/bundles/county
if decisions.is_file():
    target = Path("var/bundles/county")
    taught = taught_of(default_encoder_dir(champion))
    train(settings.data_dir(), encoder, target, options, settings.cache_dir() / "vectors", print, taught)
    print("写到", target, "；比较： triage evaluate --bundle", target, "；换上： triage serve --bundle", target)
else:
    print("还没有 decisions.jsonl，先导出受理员的决定")
