"""Five invented brands and forty of their products, as data."""

# name, accent, support phone
BRANDS = (
    ("Godavari", "#0b5d57", "+911800420110"),
    ("Nallamala", "#2f5d1e", "+911800420220"),
    ("Sitara", "#7a2e5d", "+911800420330"),
    ("Kakatiya", "#1f4f8a", "+911800420440"),
    ("Veena", "#8a3b12", "+911800420550"),
)

# code, name, heavy, identifiers
CATEGORIES = (
    ("washing_machine", "Washing machine", True, ("serial",)),
    ("refrigerator", "Refrigerator", True, ("serial",)),
    ("air_conditioner", "Air conditioner", True, ("indoor_serial", "outdoor_serial")),
    ("phone", "Phone", False, ("imei1", "imei2", "serial")),
    ("mixer", "Mixer grinder", False, ("serial",)),
    ("television", "Television", False, ("serial",)),
    ("microwave", "Microwave oven", False, ("serial",)),
)

# brand, category, model, name, list price in rupees
PRODUCTS = (
    ("Godavari", "washing_machine", "FL-75", "Godavari FL-75 front load, 7.5 kg", 31990),
    ("Godavari", "washing_machine", "FL-90", "Godavari FL-90 front load, 9 kg", 39490),
    ("Godavari", "washing_machine", "TL-65", "Godavari TL-65 top load, 6.5 kg", 17290),
    ("Nallamala", "washing_machine", "SA-80", "Nallamala SA-80 semi-automatic, 8 kg", 12490),
    ("Nallamala", "washing_machine", "TL-70", "Nallamala TL-70 top load, 7 kg", 18990),
    ("Sitara", "washing_machine", "FL-80", "Sitara FL-80 front load, 8 kg", 34990),
    ("Kakatiya", "washing_machine", "WD-85", "Kakatiya WD-85 washer dryer, 8.5 kg", 52990),
    ("Veena", "washing_machine", "SA-70", "Veena SA-70 semi-automatic, 7 kg", 10990),
    ("Godavari", "refrigerator", "DD-265", "Godavari DD-265 double door, 265 l", 27490),
    ("Godavari", "refrigerator", "SD-190", "Godavari SD-190 single door, 190 l", 15990),
    ("Nallamala", "refrigerator", "DD-310", "Nallamala DD-310 double door, 310 l", 33990),
    ("Sitara", "refrigerator", "SBS-600", "Sitara SBS-600 side by side, 600 l", 74990),
    ("Sitara", "refrigerator", "SD-200", "Sitara SD-200 single door, 200 l", 17490),
    ("Kakatiya", "refrigerator", "FF-345", "Kakatiya FF-345 frost free, 345 l", 38990),
    ("Veena", "refrigerator", "SD-183", "Veena SD-183 single door, 183 l", 13790),
    ("Godavari", "air_conditioner", "IN-15", "Godavari IN-15 inverter split, 1.5 t", 38990),
    ("Godavari", "air_conditioner", "IN-10", "Godavari IN-10 inverter split, 1 t", 31490),
    ("Nallamala", "air_conditioner", "IN-20", "Nallamala IN-20 inverter split, 2 t", 49990),
    ("Sitara", "air_conditioner", "HC-15", "Sitara HC-15 hot and cold split, 1.5 t", 45990),
    ("Kakatiya", "air_conditioner", "IN-15", "Kakatiya IN-15 inverter split, 1.5 t", 36990),
    ("Veena", "air_conditioner", "FS-15", "Veena FS-15 fixed speed split, 1.5 t", 32490),
    ("Godavari", "phone", "G-5", "Godavari G-5, 128 GB", 14999),
    ("Nallamala", "phone", "N-9", "Nallamala N-9, 256 GB", 27999),
    ("Sitara", "phone", "S-11", "Sitara S-11, 128 GB", 19999),
    ("Sitara", "phone", "S-11P", "Sitara S-11 Pro, 256 GB", 34999),
    ("Kakatiya", "phone", "K-3", "Kakatiya K-3, 64 GB", 8999),
    ("Veena", "phone", "V-7", "Veena V-7, 128 GB", 11999),
    ("Veena", "phone", "V-7S", "Veena V-7 S, 256 GB", 16499),
    ("Godavari", "mixer", "MX-500", "Godavari MX-500 mixer grinder, 500 W", 3490),
    ("Godavari", "mixer", "MX-750", "Godavari MX-750 mixer grinder, 750 W", 4990),
    ("Nallamala", "mixer", "JM-600", "Nallamala JM-600 juicer mixer, 600 W", 4290),
    ("Kakatiya", "mixer", "MG-550", "Kakatiya MG-550 mixer grinder, 550 W", 3190),
    ("Veena", "mixer", "WG-2", "Veena WG-2 wet grinder, 2 l", 6790),
    ("Godavari", "television", "LED-43", "Godavari LED-43 television, 43 inches", 25990),
    ("Nallamala", "television", "UHD-55", "Nallamala UHD-55 television, 55 inches", 42990),
    ("Sitara", "television", "LED-32", "Sitara LED-32 television, 32 inches", 12990),
    ("Kakatiya", "television", "QD-50", "Kakatiya QD-50 television, 50 inches", 37990),
    ("Godavari", "microwave", "CV-28", "Godavari CV-28 convection oven, 28 l", 13990),
    ("Sitara", "microwave", "SO-20", "Sitara SO-20 solo oven, 20 l", 6490),
    ("Kakatiya", "microwave", "GR-25", "Kakatiya GR-25 grill oven, 25 l", 9490),
)
