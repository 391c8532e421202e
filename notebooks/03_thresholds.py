# %% [markdown]
# # 风险门槛怎么选
# 两条曲线：召回对每百件报警数，期望代价。门槛是政策（`data/risk/policy.yaml` 的 `model`），由主管定；这里给出各档的后果。

# %%
import datetime as dt

from models.corpus.records import load_corpus
from models.corpus.splits import load_plan, split
from models.metrics import show
from models.risk_curves import curve, prepare
from triage import settings
from triage.pipeline import Triager

data = settings.data_dir()
narratives, risk = load_corpus(data)
plan = load_plan(data)
triager = Triager.open()
today = dt.date(2026, 11, 25)

# %% 在校准集上选，不在测试集上选
held = prepare(triager, split(risk, plan).calibration + split(narratives, plan).calibration, today)
for value, row in curve(held, triager):
    print(
        f"{value:.2f}  红召回 {show(row['red_recall'])}  橙召回 {show(row['orange_recall'])}  "
        f"橙精确 {show(row['orange_precision'])}  每百件报警 {row['alarms_per_100']}  代价 {row['cost_minutes']} 分钟"
    )
