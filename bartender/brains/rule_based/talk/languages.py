"""Languages that Maya does not speak: which one it is, and what she says in it.

py3langid counts letter n-grams of 97 languages; of these only the ones that she has a sentence for are thought of.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from bartender.menu.snapshot import Menu
from bartender.spanish.to_english import fold_accents, spanish_words

# On 13,000 sentences of guests in English and Spanish, four are taken for another language at this floor.
SURE_OF_A_LANGUAGE = 0.9
FEWEST_WORDS, FEWEST_LETTERS = 2, 6
KNOWN_SHARE = 0.6  # of the words, which are then taken for Spanish
SPOKEN = ("en", "es")
SPEAKS_ENGLISH_AND_SPANISH = {
    "fr": "Je suis désolée, je ne parle qu'anglais et espagnol. Dites-le-moi dans l'une de ces deux langues, ou demandez à quelqu'un derrière le bar.",
    "de": "Es tut mir leid, ich spreche nur Englisch und Spanisch. Sagen Sie es mir in einer der beiden Sprachen, oder fragen Sie jemanden hinter der Bar.",
    "it": "Mi dispiace, parlo solo inglese e spagnolo. Me lo dica in una di queste lingue, oppure chieda a qualcuno dietro il bancone.",
    "pt": "Desculpe, só falo inglês e espanhol. Diga-me numa dessas línguas, ou pergunte a alguém atrás do balcão.",
    "nl": "Het spijt me, ik spreek alleen Engels en Spaans. Zeg het in een van die talen, of vraag iemand achter de bar.",
    "pl": "Przepraszam, mówię tylko po angielsku i hiszpańsku. Proszę powiedzieć to w jednym z tych języków albo zapytać kogoś za barem.",
    "ru": "Извините, я говорю только по-английски и по-испански. Скажите это на одном из этих языков или спросите кого-нибудь за стойкой.",
    "uk": "Вибачте, я розмовляю лише англійською та іспанською. Скажіть це однією з цих мов або запитайте когось за стійкою.",
    "cs": "Omlouvám se, mluvím jen anglicky a španělsky. Řekněte mi to v jednom z těchto jazyků, nebo se zeptejte někoho za barem.",
    "hu": "Sajnálom, csak angolul és spanyolul beszélek. Kérem, mondja ezen nyelvek egyikén, vagy kérdezzen meg valakit a pult mögött.",
    "ro": "Îmi pare rău, vorbesc doar engleză și spaniolă. Spuneți-mi într-una dintre aceste limbi sau întrebați pe cineva de la bar.",
    "sv": "Jag är ledsen, jag talar bara engelska och spanska. Säg det på något av de språken, eller fråga någon bakom baren.",
    "da": "Beklager, jeg taler kun engelsk og spansk. Sig det på et af de sprog, eller spørg en bag baren.",
    "no": "Beklager, jeg snakker bare engelsk og spansk. Si det på et av de språkene, eller spør noen bak baren.",
    "fi": "Pahoittelen, puhun vain englantia ja espanjaa. Sano se jommallakummalla kielellä tai kysy joltakulta baaritiskin takaa.",
    "tr": "Üzgünüm, yalnızca İngilizce ve İspanyolca konuşuyorum. Bu dillerden birinde söyleyin ya da barın arkasındaki birine sorun.",
    "el": "Λυπάμαι, μιλάω μόνο αγγλικά και ισπανικά. Πείτε το σε μία από αυτές τις γλώσσες ή ρωτήστε κάποιον πίσω από το μπαρ.",
    "ar": "عذرًا، أتحدث الإنجليزية والإسبانية فقط. قل ذلك بإحدى هاتين اللغتين، أو اسأل أحد العاملين خلف البار.",
    "he": "סליחה, אני מדברת רק אנגלית וספרדית. אפשר לומר זאת באחת מהשפות האלה, או לשאול מישהו מאחורי הבר.",
    "hi": "माफ़ कीजिए, मैं केवल अंग्रेज़ी और स्पेनिश बोलती हूँ। कृपया इनमें से किसी भाषा में कहें, या बार के पीछे किसी से पूछें।",
    "zh": "抱歉，我只会说英语和西班牙语。请用其中一种语言告诉我，或询问吧台后的工作人员。",
    "ja": "申し訳ありません。英語とスペイン語しか話せません。どちらかの言語でお願いします。または、バーのスタッフにお尋ねください。",
    "ko": "죄송합니다. 저는 영어와 스페인어만 합니다. 둘 중 한 언어로 말씀해 주시거나 바 안쪽의 직원에게 물어보세요.",
}
_LETTERS = re.compile(r"[^\W\d_]+")


@cache
def load_languages() -> Any:
    from py3langid import langid

    found = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    found.set_languages([*SPOKEN, *SPEAKS_ENGLISH_AND_SPANISH])
    return found


@lru_cache(maxsize=16)
def _menu_words(menu: Menu) -> frozenset[str]:
    names = (called for drink in menu.drinks for called in (drink.name, *drink.aliases))
    return frozenset(word for name in names for word in _LETTERS.findall(name.lower()))


def foreign_language(text: str, menu: Menu) -> str:
    """The code of the language if it surely is one that she does not speak, else "". Drinks' names tell nothing."""
    words = [word for word in _LETTERS.findall(text.lower()) if word not in _menu_words(menu)]
    known = spanish_words()
    if sum(fold_accents(word) in known for word in words) >= KNOWN_SHARE * len(words):
        return ""  # "che, dame una birra": its neighbours have such words too
    plain = " ".join(words)
    is_short = len(words) < FEWEST_WORDS or len(plain) < FEWEST_LETTERS
    if not plain or (is_short and plain.isascii()):
        return ""
    language, probability = load_languages().rank(plain)[0]
    return "" if language in SPOKEN or probability < SURE_OF_A_LANGUAGE else str(language)
