"""What the last measured run covered, by package, and the three files with most of it missing.

COVERAGE_PROCESS_START=$PWD/pyproject.toml ./run_maya.sh test --quick && coverage combine
python -m tests.coverage_by_package
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from coverage import Coverage

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    measured = Coverage()
    measured.load()
    lines, missing, files = Counter[str](), Counter[str](), Counter[str]()
    for file in measured.get_data().measured_files():
        _name, statements, _excluded, absent, _text = measured.analysis2(file)
        where = Path(file).relative_to(ROOT)
        package = "/".join(where.parts[:2][: len(where.parts) - 1])
        lines[package] += len(statements)
        missing[package] += len(absent)
        files[str(where)] = len(absent)
    for package in sorted(lines):
        if lines[package]:
            covered = 100 * (1 - missing[package] / lines[package])
            print(f"{covered:5.1f} % of {lines[package]:5} lines  {package}")
    for name, absent_lines in files.most_common(3):
        print(f"most is missing in {name}: {absent_lines} lines")


if __name__ == "__main__":
    main()
