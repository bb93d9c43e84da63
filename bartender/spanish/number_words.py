"""Spanish numbers in words: the small ones by their value, the tens from thirty on."""

_SMALL = """
cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete
dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete
veintiocho veintinueve
"""
SMALL_NUMBER_WORDS = tuple(_SMALL.split())
TENS_WORDS = ("treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa")
