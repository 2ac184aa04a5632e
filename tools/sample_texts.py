"""The words of the sample documents. Written for this project; people, firms and places are invented.

A soft hyphen (U+00AD) marks where a word may be broken at the end of a line.
"""

from __future__ import annotations

LETTER_HEAD = ("Harbour Museum of Ostermouth", "Musée du Port d’Ostermouth")
LETTER_ADDRESS = "14 Chandlers’ Row · Ostermouth OM3 7QD · Tel. 01632 960 417 · archive@harbour-museum.example"
LETTER_TO = ("Atelier Vasseur & Fils", "27, rue des Cordiers", "F-59140 Dunkerque")
LETTER_DATE = "Ostermouth, 9 March 2023"
LETTER_SUBJECT = "Loan of the ship model “Belle Aurore” (inv. no. 1987/112)"
LETTER_ENGLISH = (
    "Dear Madam, dear Sir,",
    "Thank you for your letter of 21 February and for the drawings that came with it. Our committee met last "
    "Thursday and is glad to lend you the model for the whole of the summer, from 2 May to 17 September. It is "
    "68 cm long, weighs 4.3 kg and travels in its own case; two people can carry it without trouble.",
    "We ask only that the room be kept between 18 and 21 °C, and that nobody dust the rigging. It was last "
    "repaired in 1954, and the thread has become as brittle as dry grass. Insurance is £12,500.",
)
LETTER_FRENCH = (
    "Madame, Monsieur,",
    "Nous vous remercions de votre lettre du 21 février et des dessins qui l’accompagnaient. Notre comité "
    "s’est réuni jeudi dernier : il vous prête volontiers la maquette pour tout l’été, du 2 mai au 17 "
    "septembre. Elle mesure 68 cm, pèse 4,3 kg et voyage dans sa propre caisse ; deux personnes suffisent.",
    "Nous demandons seulement que la salle reste entre 18 et 21 °C et que personne n’époussette le gréement. "
    "Réparé pour la dernière fois en 1954, le fil est devenu cassant comme l’herbe sèche. La valeur assurée "
    "s’élève à 14 300 €.",
)
LETTER_CLOSE = ("Yours faithfully, / Veuillez agréer nos salutations distinguées,",)
LETTER_SIGNED = ("Keeper of models and charts", "Conservatrice des maquettes et des cartes")
LETTER_ENCLOSED = "Encl. / P. J. : loan form (2 copies), condition report of 6 March 2023"

INVOICE_HEAD = ("NORDLYS JOINERY ApS", "Shelves, benches and repairs since 1996")
INVOICE_ADDRESS = "Værftsvej 8 · 9990 Skagen · CVR 00 41 77 26"
INVOICE_TO = ("Invoice to", "Café Solbakken", "Østre Strandvej 51", "9990 Skagen")
INVOICE_FACTS = (
    ("Invoice no.", "2024-0386"),
    ("Date", "18.06.2024"),
    ("Due", "02.07.2024"),
    ("Your reference", "Order 5517 / KM"),
)
INVOICE_COLUMNS = ("Item", "Description", "Qty", "Unit price", "Amount")
INVOICE_ROWS = (
    ("1", "Oak shelf, oiled, 80 × 24 cm", "6", "485.00", "2,910.00"),
    ("2", "Wall bracket, black steel", "12", "64.50", "774.00"),
    ("3", "Window bench, ash, made to measure", "1", "7,250.00", "7,250.00"),
    ("4", "Repair of counter top (hours)", "3.5", "560.00", "1,960.00"),
    ("5", "Linseed oil paint, green, 1 l", "2", "219.00", "438.00"),
    ("6", "Delivery and fitting", "1", "900.00", "900.00"),
)
INVOICE_SUMS = (("Subtotal", "14,232.00"), ("VAT 25 %", "3,558.00"), ("Total DKK", "17,790.00"))
INVOICE_NOTE = (
    "Please pay within 14 days to account 0000 0012345678 and quote the invoice number. After the due date we "
    "charge interest of 0.7 % a month. Oiled wood wants a fresh coat every spring; we are happy to show you how."
)
INVOICE_FOOT = "Nordlys Joinery ApS · www.nordlys-joinery.example · Page 1 of 1"

RECEIPT_HEAD = ("MERCATO VERDE", "Via dei Tigli 22 - Borgofiume", "Tel. 055 0199 482", "P.IVA 00000420017")
RECEIPT_TITLE = "DOCUMENTO COMMERCIALE"
RECEIPT_ROWS = (
    ("POMODORI KG 1,240", "3,47"),
    ("PANE CASERECCIO", "2,80"),
    ("MOZZARELLA 250G", "3,95"),
    ("BASILICO VASO", "1,99"),
    ("ACQUA FRIZZ. 6X1,5L", "2,94"),
    ("CAFFE' MACINATO 500G", "6,49"),
    ("UOVA BIOLOGICHE X10", "3,85"),
    ("SCONTO TESSERA", "-1,20"),
)
RECEIPT_SUMS = (("TOTALE EURO", "24,29"), ("DI CUI IVA", "1,63"), ("CONTANTI", "30,00"), ("RESTO", "5,71"))
RECEIPT_FOOT = ("12/10/2023 18:46", "DOC. N. 1187-0093", "CASSA 03 OPERATORE 7", "GRAZIE E ARRIVEDERCI!")

JOURNAL_HEAD = "THE VALLEY NATURALIST"
JOURNAL_ISSUE = "Vol. XII, No. 3"
JOURNAL_PAGE = "47"
JOURNAL_TITLE = "Swifts over the Mill Town"
JOURNAL_BYLINE = "Notes from nine summers of counting"
JOURNAL_TEXT = (
    "The first swift of the year is never seen by the person who is looking for it. In nine summers I have "
    "stood on the iron foot\u00adbridge every evening from the twentieth of April, and in nine summers some\u00adbody "
    "else, hanging out washing or waiting for a bus, has told me that they came yester\u00adday.",
    "Our colony lives under the roof of the old spinning mill, where the slates have slipped and nobody has "
    "had the money to nail them back. There were thirty-one nests in 2011. When the east wing was "
    "re\u00adroofed, in the dry spring of 2014, we counted eleven; the builders had been care\u00adful, and had closed "
    "every gap. The owner was sorry, and the next winter she let us hang forty wooden boxes beneath the "
    "gutters. For two years sparrows had them. In the third a single pair of swifts moved in, on the north "
    "side, in the box that we had thought the worst.",
    "Counting is simple enough. At sunset the birds gather in a scream\u00ading party and race around the "
    "chimney, and one counts the largest group three times over, taking the middle figure. On warm evenings "
    "they climb until they are lost. We know from others’ work that they sleep up there, at two thousand "
    "metres, one half of the brain at a time; from the bridge it looks only as though the sky had closed "
    "behind them.",
    "What do they need? Insects, first of all: the pond below the weir is worth more to them than any box. "
    "Then a hole of twenty-eight by sixty-five milli\u00admetres, a drop of five metres below it, and to be left "
    "alone until the end of July. It is not a great deal to ask of a town. Last year the figure stood at "
    "fifty-four, of which nineteen were fledg\u00adlings, and the mill, which makes nothing any more, made those.",
    "The boxes cost eleven pounds each. Anyone with a ladder, a north wall and some patience may write to "
    "the secre\u00adtary, who will send a drawing, six screws, and a warning about sparrows.",
)

MINUTES = (
    (
        "Kleingartenverein Sonnenhang e. V.",
        "",
        "Protokoll der Mitgliederversammlung",
        "vom 14. Oktober 1978 im Gasthaus Zur Linde",
        "",
        "Anwesend: 43 Mitglieder laut beiliegender Liste",
        "Beginn: 19.30 Uhr          Ende: 22.05 Uhr",
        "",
        "1. Begrüßung",
        "",
        "Der Vorsitzende eröffnet die Versammlung und stellt fest,",
        "daß fristgerecht eingeladen wurde. Gegen die Tagesordnung",
        "werden keine Einwände erhoben. Das Protokoll der letzten",
        "Versammlung wird einstimmig angenommen.",
        "",
        "2. Bericht des Vorstandes",
        "",
        "Das Gartenjahr begann spät. Noch am 3. Mai lag in den",
        "unteren Parzellen Schnee, und viele Obstbäume blühten erst",
        "Ende des Monats. Trotzdem war die Ernte gut; an Äpfeln und",
        "Zwetschgen wurden über 900 kg zur Mosterei gebracht.",
        "Der neue Zaun am Bahndamm ist fertig. Die Arbeit haben 17",
        "Mitglieder in 212 Stunden geleistet, wofür ihnen der",
        "Vorstand herzlich dankt.",
        "",
        "- 1 -",
    ),
    (
        "3. Kassenbericht",
        "",
        "Die Kassiererin trägt die Zahlen des Jahres vor:",
        "",
        "Bestand am 1. Januar             1.284,60 DM",
        "Mitgliedsbeiträge                2.610,00 DM",
        "Sommerfest, Überschuß              437,25 DM",
        "Zaun und Pfosten                -1.905,80 DM",
        "Wassergeld                        -688,40 DM",
        "Bestand am 30. September         1.737,65 DM",
        "",
        "Die Kassenprüfer haben alle Belege eingesehen und nichts",
        "zu beanstanden. Auf ihren Antrag wird der Vorstand bei",
        "drei Enthaltungen entlastet.",
        "",
        "4. Wasserleitung",
        "",
        "Die Leitung im oberen Weg ist 1951 verlegt worden und an",
        "mehreren Stellen undicht. Es liegen zwei Angebote vor. Die",
        "Versammlung beschließt mit 38 gegen 4 Stimmen, das Rohr in",
        "eigener Arbeit zu erneuern. Jede Parzelle leistet dafür",
        "acht Stunden oder zahlt 60 DM.",
        "",
        "- 2 -",
    ),
    (
        "5. Verschiedenes",
        "",
        "Mehrere Mitglieder klagen über Wühlmäuse. Es wird",
        "vorgeschlagen, wieder Fallen auszuleihen; sie liegen im",
        "Gerätehaus links neben der Tür. Hunde sind auch weiterhin",
        "an der Leine zu führen.",
        "",
        "Das nächste Sommerfest findet am 21. Juli 1979 statt. Für",
        "die Musik wird noch eine größere Kapelle gesucht, die ohne",
        "Verstärker auskommt.",
        "",
        "Der Vorsitzende schließt die Versammlung um 22.05 Uhr und",
        "wünscht allen einen ruhigen Winter.",
        "",
        "Für die Richtigkeit:",
        "",
        "",
        "",
        "(Schriftführer)                    (Vorsitzender)",
        "",
        "- 3 -",
    ),
)

MEMO = (
    (
        "AYUNTAMIENTO DE VALDEROBLE",
        "Servicio de Aguas y Caminos",
        "",
        "Valderoble, a 5 de noviembre de 2019",
        "",
        "ASUNTO: corte de agua en el barrio de la Fuente",
        "",
        "Estimados vecinos:",
        "",
        "El próximo martes, día 12, se sustituirá la válvula de la plaza Mayor, que pierde agua desde el verano. "
        "Por ese motivo no habrá suministro entre las 9:00 y las 14:30 horas en las calles de la Fuente, del Olmo "
        "y de San Blas. ¿Qué conviene hacer? Llenar algún cubo la noche anterior y no abrir los grifos hasta que "
        "pase el encargado.",
        "",
        "Después de la obra el agua puede salir turbia durante unos minutos. No es peligrosa: basta con dejarla "
        "correr. Quien tenga en casa a un enfermo o a un niño pequeño puede pedir garrafas de 10 litros en el "
        "almacén municipal, sin coste alguno.",
    ),
    (
        "En la misma semana se arreglará el camino del molino. El paso de carros y tractores quedará cerrado los "
        "días 14 y 15; a pie se podrá pasar por la senda del río, que ya está señalizada.",
        "",
        "El pleno aprobó estos trabajos el 30 de septiembre, con un presupuesto de 8.460 € y un plazo de tres "
        "semanas. Las quejas y las sugerencias se reciben por escrito en la oficina, de lunes a viernes, de 10 a "
        "13 horas.",
        "",
        "Rogamos disculpen las molestias.",
        "",
        "El encargado del servicio",
    ),
)

UKRAINIAN_TITLE = "Осінь на старому хуторі"
UKRAINIAN_CHAPTER = "РОЗДІЛ ТРЕТІЙ"
UKRAINIAN_PAGE = "61"
UKRAINIAN_TEXT = (
    "Вересень того року видався теплий, і бджоли ще довго літали над гречаним полем, хоча цвіту там уже не "
    "було. Дід Панас казав, що вони просто не вірять календарю. Він і сам йому не вірив: календар висів на "
    "стіні з минулої зими, і ніхто не мав часу перегорнути сторінку.",
    "— Чи ти бачила, — питав він щоранку, — як низько ходять ластівки? Буде дощ.",
    "Дощу не було аж до Покрови. Земля потріскалася, криниця обміліла, і ми носили воду з річки, по шість "
    "відер на день. Зате яблука вродили такі, що гілки доводилося підпирати жердинами. Їх сушили на даху, "
    "варили з них повидло, складали в солому на горищі; увесь дім пахнув ними до самого Різдва.",
    "Найбільше я любила вечори. Тітка Ганна запалювала лампу, ставила на стіл миску з горіхами й починала "
    "розповідати, як її батько об’їздив пів світу з одним-єдиним ґудзиком у кишені. Щоразу ґудзик був "
    "інший: мідний, кістяний, скляний. «А чому ж ти вчора казала, що він срібний?» — дивувався мій брат. "
    "Тітка не відповідала, тільки усміхалася і тягнулася по щипці.",
    "Тепер на тому місці ліс. Минулого літа я знайшла там нашу криницю, засипану листям, і старий поріг із "
    "двома заглибинами — від ніг усіх, хто колись через нього переступав. Я сіла на нього, з’їла яблуко й "
    "пішла далі, бо до станції було ще вісім кілометрів.",
)

GREEK_HEAD = "Ο ΚΗΠΟΥΡΟΣ"
GREEK_ISSUE = "Τεύχος 18 · Μάρτιος 2016"
GREEK_TITLE = "Η ελιά της αυλής"
GREEK_TEXT = (
    "Όσοι φυτεύουν μια ελιά σε γλάστρα νομίζουν συχνά ότι δεν θέλει τίποτε. Είναι αλήθεια πως αντέχει στη "
    "δίψα, στον άνεμο και στο αλάτι· δεν αντέχει όμως στο πολύ νερό. Τα περισσότερα δέντρα που χάνονται "
    "μέσα στην πόλη δεν ξεράθηκαν, πνίγηκαν.",
    "Διαλέξτε ένα πήλινο δοχείο με διάμετρο τουλάχιστον 45 εκατοστά και ρίξτε στον πάτο δύο χούφτες "
    "χαλίκι. Το χώμα πρέπει να είναι ελαφρύ: δύο μέρη κηπόχωμα, ένα μέρος άμμος του ποταμού. Ποτίζετε μία "
    "φορά την εβδομάδα την άνοιξη, δύο το καλοκαίρι, και τον χειμώνα μόνον όταν το χώμα έχει στεγνώσει "
    "ως κάτω. Πώς το καταλαβαίνει κανείς; Με το δάχτυλο!",
    "Το κλάδεμα γίνεται στα τέλη του Φεβρουαρίου. Αφαιρούμε πρώτα τα ξερά κλαδιά, έπειτα όσα "
    "διασταυρώνονται, και στο τέλος λίγα από τη μέση, ώστε να «περνά το πουλί χωρίς να αγγίζει τα φτερά "
    "του», όπως έλεγαν οι παλιοί στο χωριό μας. Ένα δέντρο πέντε ετών δίνει περίπου 3 κιλά καρπό.",
    "Και μια τελευταία συμβουλή: μη βιάζεστε. Η ελιά που βλέπετε στη φωτογραφία φυτεύτηκε το 1931 από "
    "τη γιαγιά μου, όταν ήταν οκτώ χρονών, και ακόμη δεν έχει αποφασίσει προς τα πού θέλει να γείρει.",
)
GREEK_PAGE = "σελ. 12"

VIETNAMESE_HEAD = ("CHUNG CƯ BẾN SÔNG", "Ban quản lý tòa nhà")
VIETNAMESE_TITLE = "THÔNG BÁO"
VIETNAMESE_TEXT = (
    "Kính gửi quý cư dân,",
    "Thang máy số 2 sẽ ngừng chạy từ 8 giờ 30 đến 16 giờ ngày thứ Năm, 22/08/2024 để thay dây cáp và kiểm tra "
    "định kỳ. Trong thời gian đó, xin quý vị dùng thang máy số 1 hoặc cầu thang bộ phía đông.",
    "Gia đình nào cần chuyển đồ nặng, vui lòng báo trước cho chị trực ở tầng trệt (điện thoại 028 5550 0143). "
    "Người già và trẻ nhỏ sẽ được ưu tiên. Xe đạp không để ở hành lang.",
    "Nhân dịp này, chúng tôi cũng xin nhắc: rác tái chế được thu vào sáng thứ Bảy, phí gửi xe tháng Chín vẫn là "
    "120.000 đồng, và cây khế trước cổng đã chín, mời mọi người hái.",
    "Trân trọng cảm ơn.",
)
