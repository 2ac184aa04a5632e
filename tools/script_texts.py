"""A line in each of fifteen scripts, after the first article of the Universal Declaration of Human Rights."""

from __future__ import annotations

SERIF, CJK = "LinLibertine_R.otf", "NotoSerifCJK-Regular.ttc"
# font, its place in a collection, line
LINES = (
    (SERIF, 0, "All human beings are born free and equal in dignity and rights."),
    (SERIF, 0, "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα."),
    (SERIF, 0, "Все люди рождаются свободными и равными в своём достоинстве и правах."),
    ("NotoSerifArmenian-Regular.ttf", 0, "Բոլոր մարդիկ ծնվում են ազատ ու հավասար իրենց արժանապատվությամբ։"),
    ("DejaVuSerif.ttf", 0, "ყველა ადამიანი იბადება თავისუფალი და თანასწორი თავისი უფლებებით."),
    ("FrankRuehlCLM-Medium.ttf", 0, "כל בני אדם נולדו בני חורין ושווים בערכם ובזכויותיהם."),
    ("Amiri-Regular.ttf", 0, "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق."),
    ("Lohit-Devanagari.ttf", 0, "सभी मनुष्यों को गौरव और अधिकारों के मामले में समानता प्राप्त है।"),
    ("Lohit-Bengali.ttf", 0, "সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা এবং অধিকার নিয়ে জন্মগ্রহণ করে।"),
    ("Lohit-Tamil.ttf", 0, "மனிதப் பிறவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்."),
    ("Lohit-Telugu.ttf", 0, "మానవులందరూ స్వేచ్ఛతో సమాన హక్కులతో జన్మించారు."),
    ("Norasi.ttf", 0, "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ"),
    (CJK, 2, "人人生而自由，在尊严和权利上一律平等。"),
    (CJK, 0, "すべての人間は、生まれながらにして自由であり、平等である。"),
    (CJK, 1, "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다."),
)
