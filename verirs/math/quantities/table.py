"""The table of units: how each is written and what it is, as exact numbers.

One line a unit: symbols ; words ; definition. The first symbol (else the first word) is its name. Words have
their plurals in ``s`` without being listed. A definition is a number and other units; ``!`` is a unit that no
other defines. A line that starts with ``*`` takes the SI prefixes.

Sources: the SI brochure, 9th edition (2019, version 3.01 with the prefixes of 2022); NIST Handbook 44,
appendix C (US customary units); CODATA 2018 for the atomic mass constant.
"""

from __future__ import annotations

PREFIX_SYMBOLS = {
    "q": -30, "r": -27, "y": -24, "z": -21, "a": -18, "f": -15, "p": -12, "n": -9, "u": -6, "\\mu": -6,
    "m": -3, "c": -2, "d": -1, "da": 1, "h": 2, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18, "Z": 21,
    "Y": 24, "R": 27, "Q": 30,
}  # fmt: skip
PREFIX_WORDS = {
    "quecto": -30, "ronto": -27, "yocto": -24, "zepto": -21, "atto": -18, "femto": -15, "pico": -12,
    "nano": -9, "micro": -6, "milli": -3, "centi": -2, "deci": -1, "deca": 1, "deka": 1, "hecto": 2,
    "kilo": 3, "mega": 6, "giga": 9, "tera": 12, "peta": 15, "exa": 18, "zetta": 21, "yotta": 24,
    "ronna": 27, "quetta": 30,
}  # fmt: skip
COMMON_PREFIXES = frozenset(("p", "n", "u", "\\mu", "m", "c", "d", "k", "M", "G"))
"""Prefixes that a reader expects before a symbol typed in plain letters."""
BINARY_SYMBOLS = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
BINARY_WORDS = {"kibi": 10, "mebi": 20, "gibi": 30, "tebi": 40, "pebi": 50, "exbi": 60}

UNITS = r"""
length
* m ; meter metre ; !
in inch ; inch inche ; 0.0254 m
ft foot ; foot feet ; 0.3048 m
yd ; yard ; 0.9144 m
mi mile ; mile ; 1609.344 m
nmi ; ; 1852 m
angstrom \AA \r{A} ; angstrom ; 1e-10 m
micron ; micron ; 1e-6 m
au AU ; ; 149597870700 m
ly ; lightyear ; 9460730472580800 m
pc ; parsec ; 30856775814913673 m
furlong ; furlong ; 201.168 m
fathom ; fathom ; 1.8288 m
league ; league ; 4828.032 m
mass
* g gm ; gram gramme ; !
* t ; tonne ; 1000000 g
lb lbm ; pound ; 453.59237 g
oz ; ounce ; 28.349523125 g
ton ; ton ; 907184.74 g
stone ; stone ; 6350.29318 g
* u amu Da ; dalton ; 1.66053906660e-24 g
carat ct ; carat ; 0.2 g
grain ; grain ; 0.06479891 g
slug ; slug ; 14593.90294 g
time
* s sec ; second ; !
min ; minute ; 60 s
h hr ; hour ; 3600 s
day d ; day ; 86400 s
week wk ; week ; 604800 s
fortnight ; fortnight ; 1209600 s
month mo ; month ; !
year yr ; year ; 12 month
decade ; decade ; 120 month
century ; century centurie ; 1200 month
millennium ; millennium millennia ; 12000 month
yearlong ; ; 31536000 s
julian ; ; 31557600 s
current, temperature, amount, light
* A amp ; ampere amp ; !
* K ; kelvin ; !
* mol ; mole ; !
* cd ; candela ; !
* lm ; lumen ; cd sr
* lx ; lux luxe ; cd sr m^-2
celsius degC ; celsius centigrade ; !
fahrenheit degF ; fahrenheit ; !
rankine degR ; rankine ; !
angle
* rad radian ; radian ; !
sr ; steradian ; !
degree deg ; degree ; pi 1/180 rad
arcmin ; arcminute ; 1/60 degree
arcsec ; arcsecond ; 1/3600 degree
rev ; revolution turn ; pi 2 rad
gon ; gradian ; 9/10 degree
frequency
cycle ; cycle ; !
* Hz ; hertz ; cycle s^-1
rpm ; ; rev min^-1
* Bq ; becquerel ; s^-1
* Ci ; curie ; 37000000000 s^-1
force
* N ; newton ; kg m s^-2
dyn ; dyne ; 1e-5 N
lbf ; ; 4.4482216152605 N
kgf ; ; 9.80665 N
energy
* J ; joule ; N m
* eV ; electronvolt ; 1.602176634e-19 J
* cal ; calorie ; 4.184 J
* Wh ; ; 3600 J
Btu BTU btu ; ; 1055.05585262 J
erg ; erg ; 1e-7 J
power
* W ; watt ; J s^-1
hp ; horsepower ; 550 ft lbf s^-1
pressure
* Pa ; pascal ; N m^-2
* bar ; bar ; 100000 Pa
atm ; atmosphere ; 101325 Pa
Torr torr ; torr ; 101325/760 Pa
mmHg ; ; Torr
inHg ; ; 25.4 Torr
psi \psi ; ; lbf in^-2
ksi ; ; 1000 psi
electricity
* C ; coulomb ; A s
* Ah ; ; 3600 A s
* V ; volt ; J C^-1
* ohm \Omega ; ohm ; V A^-1
* F ; farad ; C V^-1
* S mho ; siemens ; A V^-1
* H ; henry henrie ; V s A^-1
* Wb ; weber ; V s
* T ; tesla ; Wb m^-2
* G ; gauss ; 1e-4 T
* VA ; ; V A
chemistry, radiation
* M ; molar ; mol L^-1
* kat ; katal ; mol s^-1
* Gy ; gray ; J kg^-1
* Sv ; sievert ; J kg^-1
* Np ; neper ; !
dB ; decibel ; !
ppm ; ; !
ppb ; ; !
volume
* L l \ell ; liter litre ; 1e-3 m^3
cc ccm ; ; cm^3
gal gallon ; gallon ; 231 in^3
qt ; quart ; 1/4 gal
pt ; pint ; 1/8 gal
cup ; cup ; 1/16 gal
floz ; ; 1/128 gal
tbsp ; tablespoon ; 1/256 gal
tsp ; teaspoon ; 1/768 gal
bbl ; barrel ; 42 gal
bushel ; bushel ; 2150.42 in^3
area
acre ; acre ; 43560 ft^2
ha ; hectare ; 10000 m^2
sqft sf ; ; ft^2
sqm ; ; m^2
sqin ; ; in^2
sqkm ; ; km^2
sqmi ; ; mi^2
speed
mph ; ; mi h^-1
mpg ; ; mi gal^-1
kph kmh kmph ; ; km h^-1
knot kn kt ; knot ; 1852 m h^-1
fps ; ; ft s^-1
data
* bit b ; bit ; !
* B ; byte ; 8 bit
* bps ; ; bit s^-1
* Bps ; ; B s^-1
money
dollar usd USD US\$ ; dollar buck ; !
cent ; cent ; 1/100 dollar
euro eur EUR ; euro ; !
gbp GBP ; quid ; !
penny p ; pence ; 1/100 gbp
yen jpy JPY ; yen ; !
yuan cny CNY rmb RMB ; yuan renminbi ; !
rupee inr INR Rs ; rupee ; !
paisa ; paise paisa ; 1/100 rupee
won krw KRW ; won ; !
ruble rub RUB ; ruble rouble ; !
peso mxn MXN ; peso ; !
franc chf CHF ; franc ; !
real brl BRL ; ; !
cad CAD ; ; !
aud AUD ; ; !
krona sek SEK ; krona kronor krone kroner ; !
counted
unit ; unit ; !
px ; pixel ; !
'  ; ; ft
" ; ; in
"""

SENSES = {
    "lb": ("lb", "gbp", "lbf"), "oz": ("oz", "floz"), "degree": ("degree", "celsius", "fahrenheit"),
    "ton": ("ton", "t"), "min": ("min", "arcmin"), "s": ("s", "arcsec"), "C": ("C", "celsius"),
    "F": ("F", "fahrenheit"), "year": ("year", "yearlong", "julian"),
    "'": ("'", "arcmin", "min"), '"': ('"', "arcsec", "s"), "kn": ("knot",),
}  # fmt: skip
"""Names that stand for one of several units; what the other side wrote decides."""

SIGN_SHARED = {"dollar": ("cad", "aud", "peso"), "yen": ("yuan",), "gbp": ("lb",)}
"""Currencies that are written with the sign of another one, and ``£5 pounds``."""
LONE_LETTERS = frozenset("msghLNJWVKA")
"""One plain letter right after a number that is a unit where the other side has a bare number."""
SPACED_LETTERS = LONE_LETTERS | frozenset("CFTHS")
"""The same for a letter that stands apart."""
