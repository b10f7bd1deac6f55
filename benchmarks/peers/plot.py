"""Bars, one group for each measure and placement, as SVG."""

from html import escape

BAR, GAP, LEFT, WIDTH, VALUE = 16, 26, 230, 420, 170


def draw(rows):
    parts, y = [], 10
    for key in dict.fromkeys((row["measure"], row["placement"], row["unit"]) for row in rows):
        group = [row for row in rows if (row["measure"], row["placement"], row["unit"]) == key]
        largest = max(row["value"] for row in group) or 1
        parts.append(f'<text x="10" y="{y + 14}" font-weight="bold">{escape(f"{key[0]}, {key[1]} ({key[2]})")}</text>')
        y += GAP
        for row in group:
            width = WIDTH * row["value"] / largest
            own = row["peer"].startswith("UserTcp")
            parts.append(f'<text x="{LEFT - 8}" y="{y + 12}" text-anchor="end">{escape(row["peer"])}</text>')
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 3}" fill="{"#2a6fb0" if own else "#b8bec6"}"/>')
            cpu = f'  CPU {row["cpu"]:.3g} {row["cpu_unit"]}' if row["cpu"] else ""
            parts.append(f'<text x="{LEFT + width + 6:.1f}" y="{y + 12}" fill="#555">{row["value"]:.4g}{escape(cpu)}</text>')
            y += BAR
        y += 12
    size = f'width="{LEFT + WIDTH + VALUE}" height="{y}"'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11">',
                      f'<rect {size} fill="white"/>', *parts, "</svg>\n"])
