# %% [markdown]
# # 错在哪里
# 留出的作者（测试批）上，错得最多的细类对，以及每一条错的解释片段。只看，不改规则去迎合测试集。

# %%
from collections import Counter

from models.corpus.records import load_corpus
from models.corpus.splits import load_plan, split
from models.evaluate import answer_all, classification_report
from models.metrics import show
from triage import settings
from triage.pipeline import Triager

data = settings.data_dir()
narratives, _ = load_corpus(data)
test = split(narratives, load_plan(data)).test
triager = Triager.open()
answers = answer_all(triager, test)

# %%
report = classification_report(test, answers, triager)
for key in ("type", "sub_type_top1", "sub_type_top3"):
    print(key, show(report[key]))
for name, row in report["slices"].items():
    print(name, show(row["sub_type_top1"]))

# %% 最常混的对
pairs = Counter()
wrong = []
for r, a in zip(test, answers, strict=True):
    first = a.sub_types[0].code
    if not r.unsure and first not in {r.sub_type, *r.acceptable_sub_types}:
        pairs[(r.sub_type, first)] += 1
        wrong.append((r, a))
for (truth, found), n in pairs.most_common(15):
    print(f"{truth} → {found}: {n}")

# %% 读一遍错的：模型看的是哪几个词
for r, a in wrong[:20]:
    words = "、".join(s.text for s in a.explanation[:3])
    print(f"{r.sub_type} → {a.sub_types[0].code}（{a.sub_types[0].probability:.2f}；看了 {words}）\n    {r.text[:140]}")
