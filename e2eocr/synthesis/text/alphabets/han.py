"""The alphabet of East Asia: Han as China, Taiwan and Japan write it, kana, bopomofo and Hangul, with Latin inside.

The characters of print are those of the national standards; Python's codecs know them by row and cell. GB 2312 is
simplified Chinese, the first level of Big5 traditional Chinese, the first level of JIS X 0208 Japanese, KS X 1001
Korean. What names and places have beyond them is listed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from e2eocr.synthesis.text.alphabets.canonical import ASCII, character_range, normal

_CELLS = range(0xA1, 0xFF)
_BIG5_CELLS = (*range(0x40, 0x7F), *_CELLS)
# Standard, lead bytes of its rows, second bytes, and how many characters of the last row there are.
_HAN_ROWS = (
    ("gb2312", range(0xB0, 0xF8), _CELLS),
    ("big5", range(0xA4, 0xC7), _BIG5_CELLS),
    ("euc_jp", range(0xB0, 0xD0), _CELLS),
)
_BIG5_LEVEL_ONE_END = 0xC67E
_HANGUL_ROWS = ("euc_kr", range(0xB0, 0xC9), _CELLS)

_PUNCTUATION = (
    "、。〈〉《》「」『』【】〔〕〖〗〝〞〟～・ー—–‘’“”…‥·！（），．：；？¡¿«»‹›′″‰※§¶†‡•〃々〆〇〒〓ゝゞヽヾ"
)
_KANA = character_range(0x3041, 0x3096) + "゛゜" + character_range(0x30A1, 0x30FA)
_BOPOMOFO = character_range(0x3105, 0x3129) + "ˇˉˊˋ˙"
_JAMO = character_range(0x3131, 0x3163)
_CIRCLED = character_range(0x2460, 0x2473) + character_range(0x2776, 0x277F) + "㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉㈱㈲㊙"
_UNITS = "℃℉№℡™©®㎜㎝㎞㎎㎏㏄㎡㎥㍑㌔㌘㍍㌧"
_SIGNS = "×÷±−≠≤≥≦≧≪≫≈≒≡∝∞∴∵√∑∏∫∮∠⊥∥∩∪∈∋∂∇⊂⊃⊆⊇∧∨¬∀∃°¹²³µ½¼¾⅓⅔←↑→↓↔⇒⇔↖↗↘↙"
_SHAPES = "★☆●○◎◇◆□■△▲▽▼▷▶◁◀◯♀♂♪♭♯♡♥♠♣♦☎☑☐☒✓✔✕✖➤❖"
_CURRENCIES = "¢£¤¥€₩₽₫฿"
# Pinyin and the romanisations of Japanese, Korean and Taiwanese names; the neighbours' words in Latin letters.
_LATIN = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüĀÁǍÀĒÉĚÈĪÍÌŌÓǑÒŪÚÙÜâêîôûÂÊÎÔÛŏŭŎŬäöÄÖßñÑçÇëïËÏãõœæøåÆØÅŒ"
_GREEK = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρσςτυφχψω"
# Names of people and places, and everyday words of Japan beyond the first level.
_NAMES = (
    "喆堃玥祎珺珣旻昶晟晗晞暐曌昉昕彧翀翊翯翎祺禛禕珩珞琤琬琰瑀瑄瑛瑒瑜瑢璟璠璿琇瑋珮玹玗玘玠玢珅珏珙琁琮琨琯珉珂珈珦婧婳妤妘姈姝姮娉婕嫄嬅嬪"
    "昊昇昱晁晉晊晏晙晛晧晳暄暘暻曦杋杍枻柏栩梓棨棻楟槿沄沅沚沛泓泠洺洧浠浛浥涵淏淼渟湉湜湲溎溦滢漪潇澍澔澧濉濬瀅瀞炅炘炜炟烜焜焱煊煜熠熹燊燚爔"
    "鎏鑫镕锴镛铉钰钺钊堯峯嶽崟嵘嵩赟頔頠颋颐骁骐驊騏騰鵬鹍鹏麒彣彥彬惇愷慜憬晓朤焯甯畯皓皞睿瞾祾筠篁綦緈翾芃芊芮芷苒茗荃荇莜莞菀菡萱葳蓁蔚蕤薇蘅"
    "袆詠誼諴豫赪軒迦逸邈鄞鈺鋐鋆鎔鏞钶霂霈霁韡頎馗魋龑龢堉埈垚圳坤勍勐卲呁囍夔奭姸宬寀尕屾嵒巍幵徫恺忞愔懿扆抃攸斐旎旖昪晅晈晔暾曈朏柊栎桢棣椿楙樾檍毓"
    "汜沺泇洹淯渼漈灏炳烽焓煐煒熤燏珽琎琏瑆瑨璁璘瓒甄甡邝邬郤郗郄逄亓仉佟佘侔偲傒僖凃禤睢郜鄢鄯祢逯璩庹冼粘乜呣噁嚄殞閾銹誒饋爲郞舖鷄羣衞黽"
    "髙﨑濵邉邊渡齋齊斎斉澤廣國島嶋嶌冨富德徳祐淸靑柳曻槇栁桒橳櫻澁瀧瀬熙犾琦瑩畠眞礒祇禎穣籠經緖緒薗藪蓮蔣螢袴覺觀譽豐賴轟辻達邨鄭閒隆雋鞆頼顯"
    "飛驫鬪魁鮎鴎鴨鵜鶯鷗鷹鸞麗黑黃齢凜凛槙遥遙弥彌亘亙瑠瑶冴梛榛樺颯琥碧萌茉莉漑罠贄躙簒謳銛縋喩閧癇癪掟彙璧瘍潰毀傲嗅拉侶勾哺喉嘲墳妬怨恣惧慄拭"
    "挨拶挫捗旺柵桁楷氾汎湧溺瓦痕痩眉睦瞳稽箋緻羞膝臆臼苛萎蓋蔑蔽虹裾訃詣詮諧謎貌貪貼賂踪蹴遜遡錮阜隙頃餌骸鬱麺黙剝塡頰餅淫刹峙嗣囁埓壺巫"
)


def build_han() -> str:
    """The characters in class order: the common signs, Han by standard, kana, bopomofo, Hangul, and names."""
    return normal(
        ASCII + _PUNCTUATION + _KANA + "".join(_han()) + "".join(_cells(*_HANGUL_ROWS)) + _BOPOMOFO + _JAMO
        + _CIRCLED + _UNITS + _SIGNS + _SHAPES + _CURRENCIES + _LATIN + _GREEK + _NAMES
    )  # fmt: skip


def _han() -> Iterator[str]:
    for encoding, rows, cells in _HAN_ROWS:
        for character in _cells(encoding, rows, cells):
            if encoding != "big5" or int.from_bytes(character.encode("big5"), "big") <= _BIG5_LEVEL_ONE_END:
                yield character


def _cells(encoding: str, rows: Iterable[int], cells: Iterable[int]) -> Iterator[str]:
    """The characters of a two-byte code, row by row; cells that are empty are passed over."""
    for row in rows:
        for cell in cells:
            character = bytes((row, cell)).decode(encoding, errors="ignore")
            if len(character) == 1 and not character.isascii():
                yield character


def standards_of(character: str) -> frozenset[str]:
    """Which of China's, Taiwan's, Japan's and Korea's print has a character: scripts as ISO 15924 codes."""
    return frozenset(script for script, encoding in _ENCODINGS.items() if _can_encode(character, encoding))


_ENCODINGS = {"Hans": "gb2312", "Hant": "big5", "Jpan": "euc_jp", "Hang": "euc_kr"}


def _can_encode(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
