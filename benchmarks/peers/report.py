"""What was measured, as medians: a table for people, JSON for programs, a picture."""

import contextlib
import json
import statistics
import sys
from collections import defaultdict

import plot
from lab import PeerFailed


REFERENCES = ("UserTcp", "UserTcp.Tls", "usertcp get, native")  # what the peers are compared with


class Results:
    def __init__(self, machine):
        self.machine = machine
        self.samples = defaultdict(list)  # (measure, placement) -> (peer, sample)
        self.units = {}
        self.gaps = []

    def add(self, measure, placement, peer, unit, cpu_unit, answer, cpu):
        sample = dict(answer, cpu=cpu / answer["units"] if answer.get("units") else None)
        self.samples[measure, placement].append((peer, sample))
        self.units[measure] = (unit, cpu_unit)

    def missing(self, what, reason):
        print(f"{what}: {reason}", file=sys.stderr)
        self.gaps.append({"what": what, "why": str(reason)})

    @contextlib.contextmanager
    def guard(self, what):
        try:
            yield
        except PeerFailed as reason:
            self.missing(what, reason)

    def rows(self):
        """One row for each measure, placement and peer, with the medians of its rounds."""
        for (measure, placement), samples in self.samples.items():
            unit, cpu_unit = self.units[measure]
            for peer in dict.fromkeys(peer for peer, _ in samples):
                own = [sample for name, sample in samples if name == peer]
                yield {
                    "measure": measure, "placement": placement, "peer": peer, "unit": unit, "cpu_unit": cpu_unit, "rounds": len(own),
                    **{key: median(own, key) for key in ("value", "p99", "cpu", "allocated")},
                    "least": min(sample["value"] for sample in own), "most": max(sample["value"] for sample in own),
                }

    def markdown(self):
        lines = ["# UserTcp beside its peers", "", self.machine, ""]
        rows = list(self.rows())
        for measure in dict.fromkeys(row["measure"] for row in rows):
            unit, cpu_unit = self.units[measure]
            lines += [f"## {measure}", "", f"| placement | peer | {unit} | least–most | UserTcp ÷ it | CPU {cpu_unit} | UserTcp ÷ it |", "|---|---|--:|--:|--:|--:|--:|"]
            own = {row["placement"]: row for row in rows if row["measure"] == measure and row["peer"] in REFERENCES}
            for row in rows:
                if row["measure"] == measure:
                    reference = own.get(row["placement"], {})
                    p99 = f" (p99 {number(row['p99'])})" if row["p99"] else ""
                    lines.append(
                        f"| {row['placement']} | {row['peer']} | {number(row['value'])}{p99} | {number(row['least'])}–{number(row['most'])} "
                        f"| {ratio(reference.get('value'), row['value'])} | {number(row['cpu'])} | {ratio(reference.get('cpu'), row['cpu'])} |")
            lines.append("")
        if self.gaps:
            lines += ["## Missing", "", *(f"- {gap['what']}: {gap['why']}" for gap in self.gaps), ""]
        return "\n".join(lines)

    def write(self, stem):
        with open(f"{stem}.md", "w") as file:
            file.write(self.markdown())
        with open(f"{stem}.json", "w") as file:
            json.dump({"machine": self.machine, "rows": list(self.rows()), "missing": self.gaps}, file, indent=1, ensure_ascii=False)
        with open(f"{stem}.svg", "w") as file:
            file.write(plot.draw(list(self.rows())))


def median(samples, key):
    values = [sample[key] for sample in samples if sample.get(key) is not None]
    return statistics.median(values) if values else None


def number(value):
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def ratio(ours, theirs):
    return f"{ours / theirs:.2f}" if ours and theirs else ""
