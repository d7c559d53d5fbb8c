#!/usr/bin/env python3
"""Draws what tests/sim/run --journey FILE has seen of the cold night: depth, temperatures, gate, and the reasons that the rules gave.

    tests/sim/night.py JOURNEY.json PICTURE.svg
"""
import datetime
import json
import pathlib
import sys
from xml.sax.saxutils import escape

LEFT, WIDTH, RIGHT = 84, 1060, 1144
COLOUR = {"ink": "#1a1a1a", "level": "#00618e", "air": "#767676", "water": "#b3541e", "forecast": "#8a1a6b", "band": "#d9ead3", "gate": "#00618e"}
JST = datetime.timezone(datetime.timedelta(hours=9))


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def main():
    journey = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    series = {name: [(instant(at), value) for value, at in past["values"]] for name, past in journey["past"].items() if isinstance(past, dict)}
    records = sorted((r for r in journey["records"] if r["rule"] == "paddy-cold-deep"), key=lambda r: r["at"])
    begin, end = series["waterLevel"][0][0], series["waterLevel"][-1][0]
    x = lambda at: LEFT + WIDTH * (at - begin) / (end - begin)
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1180 760" font-family="BIZ UDPGothic, Noto Sans CJK JP, sans-serif">',
           '<style>.t{font-size:16px;font-weight:700}.n{font-size:14px;fill:#414141;text-anchor:end}.m{font-size:14px;fill:#414141;text-anchor:middle}.r{font-size:15px}</style>',
           '<rect width="1180" height="760" fill="#fff"/>',
           f'<text x="{LEFT}" y="36" font-size="22" font-weight="700">冷え込みの夜、規則が水を深くする（{begin.astimezone(JST):%Y-%m-%d}、× 600）</text>',
           '<rect x="916" y="12" width="228" height="32" rx="5" fill="none" stroke="#a8001c" stroke-width="2"/><text x="1030" y="34" text-anchor="middle" font-weight="700" fill="#a8001c">シミュレーション simulation</text>']

    def panel(top, height, least, most, title, lines):
        y = lambda v: top + height * (1 - (min(max(v, least), most) - least) / (most - least))
        out.append(f'<text x="{LEFT}" y="{top - 9}" class="t">{title}</text><rect x="{LEFT}" y="{top}" width="{WIDTH}" height="{height}" fill="none" stroke="#949494"/>')
        for v in lines:
            out.append(f'<line x1="{LEFT}" x2="{RIGHT}" y1="{y(v):.1f}" y2="{y(v):.1f}" stroke="#e0e0e0"/><text x="{LEFT - 6}" y="{y(v) + 5:.1f}" class="n">{v}</text>')
        return y

    def curve(y, name, colour, extra=""):
        points = " ".join(f"{x(at):.1f},{y(v):.1f}" for at, v in series[name])
        out.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2.2" {extra} points="{points}"/>')

    depth = panel(90, 230, 8, 22, "水位 cm water level（緑：15〜18 cm を保つ target）", [10, 15, 20])
    fired = next((instant(r["at"]) for r in records if r["event"] == "fired"), None)
    if fired:
        out.append(f'<rect x="{x(fired):.1f}" y="{depth(18):.1f}" width="{RIGHT - x(fired):.1f}" height="{depth(15) - depth(18):.1f}" fill="{COLOUR["band"]}"/>')
    curve(depth, "waterLevel", COLOUR["level"])
    heat = panel(366, 150, 5, 30, f'気温 <tspan fill="{COLOUR["air"]}">— air</tspan>　水温 <tspan fill="{COLOUR["water"]}">— water</tspan>　24時間の予報平均 <tspan fill="{COLOUR["forecast"]}">– – forecast mean</tspan>（°C、点線：17 °C）', [10, 20, 30])
    out.append(f'<line x1="{LEFT}" x2="{RIGHT}" y1="{heat(17):.1f}" y2="{heat(17):.1f}" stroke="#a8001c" stroke-dasharray="3 5"/>')
    curve(heat, "airTemperature", COLOUR["air"])
    curve(heat, "waterTemperature", COLOUR["water"])
    curve(heat, "forecastMean", COLOUR["forecast"], 'stroke-dasharray="9 5"')
    gate = panel(562, 40, 0, 100, "給水ゲート % gate", [0, 100])
    opened = series["gateOpening"]
    for (at, v), (then, _) in zip(opened, opened[1:]):
        if v > 0:
            out.append(f'<rect x="{x(at):.1f}" y="{gate(v):.1f}" width="{x(then) - x(at) + .5:.1f}" height="{gate(0) - gate(v):.1f}" fill="{COLOUR["gate"]}"/>')
    hour = begin.replace(minute=0)
    while hour <= end:
        if hour >= begin and hour.astimezone(JST).hour % 2 == 1:
            out.append(f'<text x="{x(hour):.1f}" y="622" class="m">{hour.astimezone(JST):%H:%M}</text>')
        hour += datetime.timedelta(hours=1)
    for i, record in enumerate(records[:4]):
        at = x(instant(record["at"]))
        out.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="90" y2="602" stroke="#1a1a1a" stroke-dasharray="2 4"/><circle cx="{at:.1f}" cy="90" r="11" fill="#1a1a1a"/><text x="{at:.1f}" y="95" text-anchor="middle" font-size="14" fill="#fff">{i + 1}</text>')
        done = "、".join(a["what"]["ja"] for a in record["actions"] if "指令" in a["what"]["ja"])
        out.append(f'<circle cx="{LEFT + 10}" cy="{647 + 46 * i}" r="11" fill="#1a1a1a"/><text x="{LEFT + 10}" y="{652 + 46 * i}" text-anchor="middle" font-size="14" fill="#fff">{i + 1}</text>'
                   f'<text x="{LEFT + 30}" y="{652 + 46 * i}" class="r">{instant(record["at"]).astimezone(JST):%H:%M} {escape(record["reason"]["ja"])}</text><text x="{LEFT + 30}" y="{673 + 46 * i}" class="r" fill="#414141">→ {escape(done)}</text>')
    out.append("</svg>")
    pathlib.Path(sys.argv[2]).write_text("\n".join(out) + "\n", encoding="utf-8")


main()
