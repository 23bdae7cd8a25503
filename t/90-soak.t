#!/usr/bin/env python3
"""The crash tests, for as long as `make soak` may take: the same scripts, with many more kills. Each prints its
own lines; here it counts whether it passed. SOAK in the environment: so many times as many (preset: 10)."""
import os
import subprocess
import sys

SOAK = int(os.environ.get("SOAK", "10"))
LONG = (("80-crash", {"ROUNDS": 24}), ("81-back-crash", {"KILLS": 8}), ("82-reports", {"ROUNDS": 8}),
        ("83-im-crash", {"MESSAGES": 5000}), ("83-ejabberd-crash", {"MESSAGES": 1500}), ("84-parts", {"ROUNDS": 9}))
failed = 0
print(f"1..{len(LONG)}", flush=True)
for n, (name, more) in enumerate(LONG, 1):
    p = subprocess.run([f"t/{name}.t"], env={**os.environ, **{k: str(v * SOAK) for k, v in more.items()}},
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = p.stdout.decode(errors="replace").splitlines()
    good = p.returncode == 0 and not any(line.startswith("not ok") for line in said)
    failed += not good
    print(f"{'' if good else 'not '}ok {n} - {name}, {SOAK} times as long")
    for line in said if not good else [line for line in said if line.startswith("ok")]:
        print("# " + line, flush=True)
sys.exit(failed != 0)
