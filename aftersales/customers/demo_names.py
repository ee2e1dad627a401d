"""Names, places and landmarks of Hyderabad as data for the demonstration. The combinations are invented."""

# Each name as it is written in English and in the family's own script.
TELUGU_WOMEN = (
    ("Lakshmi", "లక్ష్మి"), ("Sravani", "శ్రావణి"), ("Swathi", "స్వాతి"), ("Sunitha", "సునీత"), ("Anitha", "అనిత"),
    ("Kavitha", "కవిత"), ("Madhavi", "మాధవి"), ("Saritha", "సరిత"), ("Jyothi", "జ్యోతి"), ("Rajitha", "రజిత"),
    ("Vijaya", "విజయ"), ("Sujatha", "సుజాత"), ("Aruna", "అరుణ"), ("Bhavani", "భవాని"), ("Divya", "దివ్య"),
    ("Haritha", "హరిత"), ("Keerthi", "కీర్తి"), ("Lavanya", "లావణ్య"), ("Mounika", "మౌనిక"), ("Navya", "నవ్య"),
    ("Pavani", "పావని"), ("Ramya", "రమ్య"), ("Sandhya", "సంధ్య"), ("Shailaja", "శైలజ"), ("Usha", "ఉష"),
    ("Vasantha", "వసంత"), ("Yamini", "యామిని"), ("Renuka", "రేణుక"), ("Manjula", "మంజుల"), ("Padmavathi", "పద్మావతి"),
)  # fmt: skip
TELUGU_MEN = (
    ("Venkatesh", "వెంకటేశ్"), ("Srinivas", "శ్రీనివాస్"), ("Ramesh", "రమేశ్"), ("Suresh", "సురేశ్"),
    ("Rajesh", "రాజేశ్"), ("Mahesh", "మహేశ్"), ("Naresh", "నరేశ్"), ("Ravi", "రవి"), ("Krishna", "కృష్ణ"),
    ("Anil", "అనిల్"), ("Sunil", "సునీల్"), ("Kiran", "కిరణ్"), ("Praveen", "ప్రవీణ్"), ("Naveen", "నవీన్"),
    ("Chandrashekar", "చంద్రశేఖర్"), ("Srikanth", "శ్రీకాంత్"), ("Rajender", "రాజేందర్"), ("Narsimha", "నర్సింహ"),
    ("Yadagiri", "యాదగిరి"), ("Sai Kiran", "సాయి కిరణ్"), ("Harish", "హరీశ్"), ("Ganesh", "గణేశ్"),
    ("Mallesh", "మల్లేశ్"), ("Laxman", "లక్ష్మణ్"), ("Bhaskar", "భాస్కర్"), ("Satyanarayana", "సత్యనారాయణ"),
    ("Madhu", "మధు"), ("Vamsi", "వంశీ"), ("Santosh", "సంతోష్"), ("Upender", "ఉపేందర్"),
)  # fmt: skip
TELUGU_FAMILIES = (
    ("Reddy", "రెడ్డి"), ("Rao", "రావు"), ("Goud", "గౌడ్"), ("Yadav", "యాదవ్"), ("Naidu", "నాయుడు"),
    ("Chary", "చారి"), ("Sharma", "శర్మ"), ("Sastry", "శాస్త్రి"), ("Varma", "వర్మ"), ("Chowdary", "చౌదరి"),
    ("Naik", "నాయక్"), ("Mudiraj", "ముదిరాజ్"), ("Prasad", "ప్రసాద్"), ("Murthy", "మూర్తి"), ("Raju", "రాజు"),
    ("Bandari", "బండారి"), ("Gaddam", "గడ్డం"), ("Vemula", "వేముల"), ("Bollam", "బొల్లం"), ("Thota", "తోట"),
    ("Pasupuleti", "పసుపులేటి"), ("Kandukuri", "కందుకూరి"), ("Nalla", "నల్ల"), ("Konda", "కొండ"), ("Kumar", "కుమార్"),
)  # fmt: skip
URDU_WOMEN = (
    ("Ayesha", "عائشہ"), ("Farhana", "فرحانہ"), ("Nazia", "نازیہ"), ("Rukhsana", "رخسانہ"), ("Shabana", "شبانہ"),
    ("Zainab", "زینب"), ("Asma", "اسماء"), ("Sameena", "ثمینہ"),
)  # fmt: skip
URDU_MEN = (
    ("Imran", "عمران"), ("Irfan", "عرفان"), ("Salman", "سلمان"), ("Asif", "آصف"), ("Rizwan", "رضوان"),
    ("Yousuf", "یوسف"), ("Hameed", "حمید"), ("Waseem", "وسیم"),
)  # fmt: skip
URDU_FAMILIES = (("Khan", "خان"), ("Ahmed", "احمد"), ("Hussain", "حسین"), ("Ali", "علی"), ("Quadri", "قادری"))
HINDI_WOMEN = (
    ("Pooja", "पूजा"), ("Neha", "नेहा"), ("Rekha", "रेखा"), ("Sangeeta", "संगीता"), ("Asha", "आशा"), ("Kiran", "किरण"),
)  # fmt: skip
HINDI_MEN = (
    ("Amit", "अमित"), ("Sanjay", "संजय"), ("Rakesh", "राकेश"), ("Vinod", "विनोद"), ("Deepak", "दीपक"), ("Manoj", "मनोज"),
)  # fmt: skip
HINDI_FAMILIES = (("Agarwal", "अग्रवाल"), ("Jain", "जैन"), ("Singh", "सिंह"), ("Joshi", "जोशी"), ("Tiwari", "तिवारी"))
TAMIL_WOMEN = (("Meenakshi", "மீனாட்சி"), ("Kavitha", "கவிதா"), ("Revathi", "ரேவதி"), ("Selvi", "செல்வி"))
TAMIL_MEN = (("Murugan", "முருகன்"), ("Senthil", "செந்தில்"), ("Karthik", "கார்த்திக்"), ("Saravanan", "சரவணன்"))
TAMIL_FAMILIES = (("Subramanian", "சுப்பிரமணியன்"), ("Rajan", "ராஜன்"), ("Natarajan", "நடராஜன்"))

# locality, postcode, latitude, longitude
LOCALITIES = (
    ("Kukatpally", "500072", 17.4948, 78.3996), ("KPHB Colony", "500085", 17.4849, 78.3890),
    ("Miyapur", "500049", 17.4968, 78.3614), ("Nizampet", "500090", 17.5183, 78.3850),
    ("Madhapur", "500081", 17.4483, 78.3915), ("Gachibowli", "500032", 17.4401, 78.3489),
    ("Kondapur", "500084", 17.4698, 78.3634), ("Moosapet", "500018", 17.4680, 78.4256),
    ("Sanathnagar", "500018", 17.4568, 78.4436), ("Ameerpet", "500016", 17.4375, 78.4483),
    ("Begumpet", "500016", 17.4447, 78.4664), ("Marredpally", "500026", 17.4470, 78.5100),
    ("Malkajgiri", "500047", 17.4475, 78.5267), ("Tarnaka", "500017", 17.4281, 78.5390),
    ("Sainikpuri", "500094", 17.4876, 78.5455), ("Alwal", "500010", 17.5018, 78.5080),
    ("Bowenpally", "500011", 17.4712, 78.4839), ("Habsiguda", "500007", 17.4106, 78.5410),
    ("Uppal", "500039", 17.4056, 78.5591), ("Dilsukhnagar", "500060", 17.3688, 78.5247),
    ("LB Nagar", "500074", 17.3457, 78.5522), ("Vanasthalipuram", "500070", 17.3275, 78.5647),
    ("Hayathnagar", "501505", 17.3266, 78.6050), ("Saroornagar", "500035", 17.3561, 78.5333),
    ("Malakpet", "500036", 17.3750, 78.5060), ("Saidabad", "500059", 17.3577, 78.5118),
    ("Charminar", "500002", 17.3616, 78.4747), ("Mehdipatnam", "500028", 17.3950, 78.4423),
    ("Tolichowki", "500008", 17.3987, 78.4136), ("Himayatnagar", "500029", 17.4010, 78.4884),
)  # fmt: skip
LANDMARKS = (
    "the Hanuman temple", "the community hall", "the water tank", "the ration shop", "the government high school",
    "the metro station", "the vegetable market", "the post office", "the masjid", "the municipal park",
    "the petrol pump", "the old cinema", "the bus depot", "the church", "the function hall", "the chai stall",
)  # fmt: skip
BUILDINGS = ("Sri Sai Residency", "Lotus Homes", "Jasmine Towers", "Green Meadows", "Anjani Nilayam", "Pearl Heights")
