"""Strings of Chinese, Japanese and Korean documents: dates, prices, chapters, fields of forms, marks around a text."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from e2eocr.synthesis.text import entries, forms
from e2eocr.synthesis.text.languages import marks_of
from e2eocr.synthesis.text.unspaced import may_break

EAST_ASIAN = frozenset({"zh_CN", "zh_TW", "ja", "ko"})
_DIGITS, _FORMAL = "〇一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖"
_ERAS = {"ja": ("令和", "平成", "昭和", "大正", "明治"), "zh_TW": ("民國", "中華民國")}
_CHAPTERS = {
    "zh_CN": ("第{}章", "第{}节", "第{}条", "第{}页", "表{}", "图{}", "附录{}", "（{}）", "{}、"),
    "zh_TW": ("第{}章", "第{}節", "第{}條", "第{}頁", "表{}", "圖{}", "附錄{}", "（{}）", "{}、"),
    "ja": ("第{}章", "第{}節", "第{}条", "{}ページ", "表{}", "図{}", "付録{}", "（{}）", "{}．"),
    "ko": ("제{}장", "제{}절", "제{}조", "{}쪽", "표 {}", "그림 {}", "부록 {}", "({})", "{}."),
}
_FIELDS = {
    "zh_CN": "姓名 性别 日期 电话 地址 邮编 金额 合计 总计 单价 数量 规格 型号 备注 编号 发票号码 购买方 销售方 "
    "开户行 账号 税率 税额 产品名称 生产日期 保质期",
    "zh_TW": "姓名 性別 日期 電話 地址 郵遞區號 金額 合計 總計 單價 數量 規格 型號 備註 編號 發票號碼 買受人 "
    "統一編號 帳號 稅額 品名 有效日期",
    "ja": "氏名 フリガナ 日付 電話番号 住所 〒 金額 合計 小計 単価 数量 品名 型番 備考 番号 請求書 領収書 発行日 "
    "振込先 口座番号 消費税 担当 内訳 税込",
    "ko": "성명 성별 날짜 전화 주소 우편번호 금액 합계 총계 단가 수량 규격 품명 비고 번호 사업자등록번호 "
    "공급가액 세액 유통기한 제조원 원산지",
}
_UNITS = {
    "zh_CN": "元 个 件 台 米 公斤 千克 毫升 平方米 小时 分钟 次 人 年 % 万元 亿元",
    "zh_TW": "元 個 件 台 公尺 公斤 毫升 平方公尺 小時 分鐘 次 人 年 % 萬元 億元",
    "ja": "円 個 件 台 本 枚 名 キロ 時間 分 回 歳 年 % 万円 億円 ㎡ ㎝",
    "ko": "원 개 건 대 명 분 시간 회 세 년 % 만원 억원 kg ml",
}
_BRACKETS = ("（）", "「」", "『』", "【】", "《》", "〈〉", "“”", "‘’", "〔〕", "[]", "()")
_OWN_SIGNS = str.maketrans("◦✗", "○✕")
_BULLETS = "●○■□◆◇★☆※▶▲△①②③④⑤⑥⑦⑧⑨⑩•·→✓㈱"


def numeral(number: int, rng: random.Random) -> str:
    """A number below a hundred, in Han or in digits."""
    if rng.random() < 0.5:
        return str(number)
    tens, ones = divmod(number, 10)
    if rng.random() < 0.1:
        return "".join(_FORMAL[int(digit)] for digit in str(number))
    return (("" if tens == 1 else _DIGITS[tens]) + "十" if tens else "") + (_DIGITS[ones] if ones or not tens else "")


def date(language: str, rng: random.Random) -> str:
    """A date as the language writes it, with a time now and then."""
    year, month, day = rng.randint(1900, 2035), rng.randint(1, 12), rng.randint(1, 28)
    if language == "ko":
        text = rng.choice((f"{year}년 {month}월 {day}일", f"{year}. {month:02}. {day:02}.", f"{month}월 {day}일"))
        return text + rng.choice(("", "", f" 오전 {rng.randint(1, 12)}시 {rng.randint(0, 59)}분"))
    if language in _ERAS and rng.random() < 0.3:
        shown = rng.choice(_ERAS[language]) + str(rng.randint(1, 120 if language == "zh_TW" else 64))
    elif rng.random() < 0.15:
        shown = "".join(_DIGITS[int(digit)] for digit in str(year))
        return f"{shown}年{numeral(month, rng)}月{numeral(day, rng)}日"
    else:
        shown = str(year)
    text = rng.choice((f"{shown}年{month}月{day}日", f"{shown}年{month:02}月{day:02}日", f"{month}月{day}日"))
    hour = {"ja": ("午前", "午後", "")}.get(language, ("上午", "下午", "晚上", ""))
    mark = "時" if language == "ja" else ("點" if language == "zh_TW" else rng.choice("时点"))
    clock = f"{rng.choice(hour)}{rng.randint(0, 23)}{mark}{rng.randint(0, 59):02}分"
    return text + (clock if rng.random() < 0.2 else "")


def price(language: str, rng: random.Random) -> str:
    """A sum of money with its currency."""
    value = int(10 ** rng.uniform(0, 7))
    whole = f"{value:,}" if rng.random() < 0.6 else str(value)
    sign, word = {"zh_CN": ("¥", "元"), "zh_TW": ("NT$", "元"), "ja": ("¥", "円"), "ko": ("₩", "원")}[language]
    cents = f".{rng.randint(0, 99):02}" if language == "zh_CN" and rng.random() < 0.5 else ""
    return rng.choice((f"{sign}{whole}{cents}", f"{sign} {whole}{cents}", f"{whole}{cents}{word}", f"{sign}{whole}-"))


def chapter(language: str, title: str, rng: random.Random) -> str:
    """A heading: its number, and a title in any script."""
    number = rng.choice((numeral(rng.randint(1, 30), rng), f"{rng.randint(1, 9)}.{rng.randint(1, 20)}"))
    gap = rng.choice(("", " ", " "))
    return rng.choice(_CHAPTERS[language]).format(number) + gap + title


def field(language: str, value: str, rng: random.Random) -> str:
    """A field of a form: its name, a colon and a value."""
    name = rng.choice(_FIELDS[language].split())
    return name + rng.choice(("：", "：", ": ", ":", " ", "")) + value


def measure(language: str, rng: random.Random) -> str:
    """A number with its unit."""
    return forms.number(rng, marks_of(language)) + rng.choice(("", "", " ")) + rng.choice(_UNITS[language].split())


def figures(language: str, words: Sequence[str], rng: random.Random) -> str:
    """A string of numbers, dates, prices, fields, codes, headings, entries or signs."""
    marks = marks_of(language)
    kinds: tuple[Callable[[], str], ...] = (
        lambda: date(language, rng),
        lambda: date(language, rng),
        lambda: price(language, rng),
        lambda: price(language, rng),
        lambda: measure(language, rng),
        lambda: measure(language, rng),
        lambda: chapter(language, words[0], rng),
        lambda: chapter(language, words[0], rng),
        lambda: field(language, words[0], rng),
        lambda: field(language, date(language, rng), rng),
        lambda: field(language, forms.code(rng), rng),
        lambda: field(language, forms.phone(rng), rng),
        lambda: field(language, price(language, rng), rng),
        lambda: f"{words[0]} {measure(language, rng)} {price(language, rng)}",
        lambda: f"{words[0]}{'…' * rng.randint(1, 6)}{rng.randint(1, 300)}",
        lambda: forms.number(rng, marks),
        lambda: forms.date(rng),
        lambda: forms.clock(rng),
        lambda: forms.code(rng),
        lambda: forms.table_cell(rng, words, marks),
        lambda: forms.statistic(rng, marks),
        lambda: entries.share(rng, words, marks),
        lambda: entries.gloss(rng, words),
        lambda: entries.letterhead(rng, words, marks),
        lambda: entries.reference(rng, words),
        lambda: entries.sign(rng, words).translate(_OWN_SIGNS),
        lambda: forms.web(rng, ["www", "shop", "news", "mail", "docs"]),
    )
    return rng.choice(kinds)()


def dress(text: str, rng: random.Random) -> str:
    """A text with brackets, a bullet, spaces between its letters, or other marks around it."""
    pair = rng.choice(_BRACKETS)
    cuts = [place for place in range(1, len(text)) if may_break(text, place)] or [0]
    cut = rng.choice(cuts)
    ways = (
        pair[0] + text + pair[1],
        text[:cut] + pair[0] + text[cut:] + pair[1],
        rng.choice(_BULLETS) + rng.choice(("", " ")) + text,
        f"{rng.randint(1, 20)}{rng.choice(('.', '、', '．', ')', '）'))}{text}",
        text + rng.choice("。！？…；：，、"),
        text[:cut] + rng.choice("，、：；—～·／|-") + text[cut:],
        " ".join(text[:6]) if text.isalpha() and not text.isascii() else text,
        text[:cut] + "  " + text[cut:],
    )
    return rng.choice(ways)
