# %% [markdown]
# # 先看语料
# 撰写的合成文本：有多少、怎么分布、读起来像什么。用 jupytext 打开（`jupytext --to ipynb`），或直接 `python notebooks/01_explore_corpus.py`。

# %%
from collections import Counter

from models.corpus.records import load_corpus
from models.corpus.splits import load_plan, split
from triage import settings

data = settings.data_dir()
narratives, risk = load_corpus(data)
plan = load_plan(data)
parts = split(narratives, plan)
print(f"叙述 {len(narratives)} 条：训练 {len(parts.train)}，校准 {len(parts.calibration)}，测试 {len(parts.test)}")
print(f"风险文本 {len(risk)} 条", Counter(r.risk_level for r in risk))

# %% 各细类条数
for code, n in Counter(r.sub_type for r in narratives).most_common():
    print(code, n)

# %% 边界上的几条：错类的词在，决定的事实也在
for r in [r for r in narratives if "boundary" in r.traits][:8]:
    print(f"[{r.sub_type}] {r.text[:120]}\n    {r.reason}")

# %% 含蓄的红色
for r in [r for r in risk if r.risk_level == "red" and any(e.form == "implicit" for e in r.evidence)][:8]:
    print(r.text[:120], "←", [e.text for e in r.evidence])
