"""Numbers, units, counters and joining words in Chinese, Japanese and Korean characters, as common notation.

A rule of text before the lexer, linear in it. A run that is no well-formed number is left as it is, so that
the
text stays unread: ``三五百``, and ``一百五``, which is 105 to some and 150 to others.
"""

from __future__ import annotations

import re
from fractions import Fraction

from verirs.math.values import words
from verirs.system.patterns import regex

FOUND = regex("[\u3005\u3007\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
"""Characters of these three scripts."""
_DIGITS = {c: n for n, same in enumerate(
    ("零〇", "一壹", "二两兩贰貳", "三叁參", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖")
) for c in same}  # fmt: skip
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1_000, "仟": 1_000}
_GROUPS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "兆": 10**12}
_ANY = "".join((*_DIGITS, *_TENS, *_GROUPS))
_NUMERAL = rf"(?:[{_ANY}]+(?:[点點][{''.join(_DIGITS)}]+)?)"
_SCALED = regex(rf"(\d[\d,]*(?:\.\d+)?)\s*([百千]?[万萬亿億]|[百千])(?![{_ANY}\d])")
_FRACTION = regex(
    rf"({_NUMERAL}|\d+)又({_NUMERAL}|\d+)分之({_NUMERAL}|\d+)|({_NUMERAL}|\d+)分之({_NUMERAL}|\d+(?:\.\d+)?)"
)
_RUN = regex(_NUMERAL)
_MINUS = regex(r"(?:负|負|マイナス|마이너스)\s*(?=[\d\\])")
_UNITS = {
    "平方千米 平方公里": "km^2", "平方厘米 平方公分": "cm^2", "平方分米": "dm^2",
    "平方米 平方公尺 平方メートル": "m^2",
    "立方厘米": "cm^3", "立方分米": "dm^3", "立方米 立方メートル": "m^3",
    "千米每小时 公里每小时 千米/小时 千米/时 公里/小时": "km/h", "米每秒 米/秒": "m/s",
    "千米 公里 キロメートル キロ 킬로미터": "km", "厘米 公分 センチメートル センチ 센티미터": "cm",
    "毫米 ミリメートル": "mm", "分米": "dm", "米 公尺 メートル 미터": "m",
    "千克 公斤 キログラム 킬로그램": "kg", "毫克": "mg", "克 グラム 그램": "g", "吨 噸 トン 톤": "tonnes",
    "毫升 ミリリットル": "ml", "升 リットル 리터": "liters",
    "小时 小時 個小时 个小时 時間 시간": "hours", "分钟 分鐘 分間": "minutes", "秒 秒间 초": "seconds",
    "天 日間": "days", "周 星期 週間 주": "weeks", "年間": "years",
    "美元": "dollars", "元 圆": "yuan", "円": "yen", "원": "won", "欧元 歐元": "euros", "日元": "yen",
    "パーセント 퍼센트": "%", "度": "degrees",
}  # fmt: skip
_KILO = regex(r"(?<=[\d}])\s*千([克米])")
_KILO_UNITS = {"克": "公斤", "米": "公里"}
"""Behind digits 千克 is the kilogram, no thousand grams: the unit may be left out, the thousand not."""
_COUNTERS = words(
    "个 個 只 隻 条 本 人 名 位 张 辆 块 头 件 根 支 枝 棵 株 种 種 次 岁 歳 道 题 "
    "页 朵 匹 台 架 间 座 瓶 杯 "
    "碗 盒 箱 袋 包 组 班 级 层 步 票 颗 粒 滴 片 枚 冊 回 つ 通り 개 명 번 살 마리 권 장 그루 가지"
)
_NAMES = {word: unit for spelled, unit in _UNITS.items() for word in spelled.split()} | dict.fromkeys(
    _COUNTERS, "items"
)
_UNIT = regex(
    rf"(?<=[\d}}])\s*({'|'.join(sorted(map(re.escape, _NAMES), key=len, reverse=True))})(?=\s*(?:\d|\\frac|"
    rf"$|[.,;)]|or\b|and\b))"
)
_JOINED = regex(
    r"(?<=[\d}\)$])\s*(?:(或者?|または|又は|もしくは|또는|или)|(和|与|與|及|以及|と|그리고|및|и))\s*(?=[-\d\\$({a-zA-Z])"
)
_MAX = 40


def rewritten(text: str) -> str:
    """The text with what it has of such numbers, units and joining words as digits, ``\\text`` and English
    words."""
    text = _KILO.sub(lambda m: _KILO_UNITS[m[1]], text)
    text = _FRACTION.sub(_fraction, text)
    text = _SCALED.sub(lambda m: _plain(Fraction(m[1].replace(",", "")) * _times(m[2])), text)
    text = _RUN.sub(_number, text)
    text = _MINUS.sub("-", text)
    text = _UNIT.sub(lambda m: "\\%" if _NAMES[m[1]] == "%" else f"\\text{{ {_NAMES[m[1]]}}} ", text)
    return joined(text)


def joined(text: str) -> str:
    """The text with the words that join its values in English."""
    return _JOINED.sub(lambda m: " or " if m[1] else " and ", text)


def value(run: str) -> Fraction | None:
    """The number that a run of characters is, ``None`` where it is not well formed."""
    if len(run) > _MAX:
        return None
    whole, _, places = run.replace("點", "点").partition("点")
    if len(whole) > 1 and all(c in _DIGITS for c in whole):  # 二〇二四
        number: int | None = int("".join(str(_DIGITS[c]) for c in whole))
    else:
        number = _whole(whole)
    if number is None:
        return None
    decimals = "".join(str(_DIGITS[c]) for c in places)
    return Fraction(number) + (Fraction(int(decimals), 10 ** len(decimals)) if decimals else 0)


def _whole(run: str) -> int | None:
    """A whole number in groups of ten thousand: each group is smaller than the one before."""
    total, rest, limit = 0, run, 10**16
    while rest:
        at = next((n for n, c in enumerate(rest) if c in _GROUPS), len(rest))
        size = _GROUPS[rest[at]] if at < len(rest) else 1
        section = _below_ten_thousand(rest[:at], first=rest is run)
        if section is None or size >= limit:
            return None
        total, rest, limit = total + section * size, rest[at + 1 :], size
    return total


def _below_ten_thousand(run: str, first: bool) -> int | None:
    total, digit, limit, gap = 0, -1, 10_000, not first
    for n, c in enumerate(run):
        if c in _TENS:
            size = _TENS[c]
            if size >= limit or (digit < 0 and size != 10 and n) or digit == 0:
                return None
            total, limit, digit, gap = total + (1 if digit < 0 else digit) * size, size, -1, False
        elif _DIGITS[c] == 0 and len(run) > 1:
            if digit > 0:
                return None
            gap, digit = True, -1
        else:
            last = n == len(run) - 1
            if digit >= 0 or (last and limit > 10 and total and not gap):
                return None
            digit = _DIGITS[c]
    return total + max(digit, 0) if run else None


def _times(scale: str) -> int:
    number = 1
    for c in scale:
        number *= _TENS.get(c) or _GROUPS[c]
    return number


def _number(run: re.Match[str]) -> str:
    found = value(run[0])
    return run[0] if found is None else _plain(found)


def _fraction(found: re.Match[str]) -> str:
    whole, *mixed, bottom, top = found.groups()
    if whole:
        bottom, top = mixed
    parts = [Fraction(x) if x[0].isdecimal() else value(x) for x in (whole or "零", bottom, top)]
    if any(x is None for x in parts) or not parts[1]:
        return found[0]
    number, under, over = (_plain(x) for x in parts if x is not None)
    if not whole and under == "100":
        return f"{over}\\%"
    return f"{number if whole else ''}\\frac{{{over}}}{{{under}}}"


def _plain(number: Fraction) -> str:
    """A number with finitely many decimals in digits."""
    if number.denominator == 1:
        return str(number.numerator)
    places = 1
    while (number * 10**places).denominator != 1:
        places += 1
    digits = str((number * 10**places).numerator).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"
