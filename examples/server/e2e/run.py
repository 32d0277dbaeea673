"""Runs the end-to-end tests with real clients: `run.py [NAME ...]`. Prints a line a test, and counts at the end."""

import importlib
import pathlib
import sys
import time
import traceback

from mailwright import LeftOut


def main(wanted):
    passed = failed = skipped = 0
    for path in sorted(pathlib.Path(__file__).parent.glob("test_*.py")):
        module = importlib.import_module(path.stem)
        for name, test in list(vars(module).items()):
            if not name.startswith("test_") or (wanted and not any(w in f"{path.stem}.{name}" for w in wanted)):
                continue
            start = time.monotonic()
            try:
                test()
                passed += 1
                verdict = "ok"
            except LeftOut as e:
                skipped += 1
                verdict = f"left out: {e}"
            except Exception:
                failed += 1
                verdict = "FAILED\n" + traceback.format_exc()
            print(f"{path.stem}.{name} ({time.monotonic() - start:.1f} s): {verdict}", flush=True)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
