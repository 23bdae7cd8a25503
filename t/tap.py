"""tap.py - the Test Anything Protocol for tests written in Python."""
import sys

run = failed = 0


def ok(passed, name, *seen):
    global run, failed
    run += 1
    failed += not passed
    print(f"{'' if passed else 'not '}ok {run} - {name}", flush=True)
    for s in seen if not passed else ():
        print(f"#  {str(s)[:1500]!r}", flush=True)
    return bool(passed)


def same(got, want, name):
    if not ok(got == want, name):
        print(f"#  got: {got!r}\n# want: {want!r}", flush=True)
    return got == want


def like(got, part, name):
    if not ok(part in got, name):
        print(f"#  got: {got!r}\n# want: ...{part!r}...", flush=True)
    return part in got


def done():
    print(f"1..{run}", flush=True)
    sys.exit(failed != 0)
