"""What may lead to an option's letter in other languages than English, a closed world as in ``option_lead``.

In languages with Latin letters every word of the last clause, and of a clause before it, must be one of those
that pick. In those without spaces nothing may speak of others, of doubt or of a condition.
"""

from __future__ import annotations

import re

from verirs.math.extracting.function_words import FOREIGN_NOUNS, UNSPACED
from verirs.math.extracting.plain_words import plain_words
from verirs.math.values import words
from verirs.system.patterns import regex

_PICKING = FOREIGN_NOUNS | words(
    # German
    "die der das den richtig korrekt stimmt richtige richtigen korrekte beste endgültige "
    "finale antwort lösung option auswahl "
    "buchstabe aussage ist lautet also somit daher deshalb damit folglich demnach wir ich wähle wählen "
    "ergibt "
    "sich entspricht passt zu es bleibt nur daraus folgt meine unsere gesuchte möglichkeit variante nun ja "
    # French
    "la le les bonne réponse correcte exacte finale choix lettre proposition est donc ainsi par conséquent "
    "nous on je choisis choisissons correspond à c'est il reste alors en conclusion d'où ma notre option "
    "l'option "
    # Spanish and Portuguese
    "respuesta correcta opción alternativa letra es el por lo tanto tanto así entonces elijo elegimos "
    "corresponde a final mejor queda resposta correta opção alternativa é o a portanto logo assim então "
    "escolho corresponde à letra e sendo conclusión conclusão consiguiente luego esto eso isso em "
    # Italian
    "risposta corretta giusta migliore opzione scelta lettera è quindi dunque perciò pertanto scelgo "
    "corrisponde alla finale di conseguenza l'opzione allora resta solo "
    # Dutch, Swedish, Polish, Indonesian, Vietnamese, Turkish
    "het juiste antwoord is dus daarom de optie rätt svar är alltså svaret poprawna odpowiedź to więc "
    "jawaban yang benar adalah jadi opsi pilihan đáp án đúng là vậy chọn câu trả lời doğru cevap seçenek "
    "dolayısıyla yanıt"
)
_REASON = words("da weil denn puisque car parce comme porque ya pues dado poiché perché omdat")
_CONCLUDING = regex(
    r"\W*(?:quindi|dunque|perci\u00f2|pertanto|donc|ainsi|also|daher|deshalb|somit|folglich|portanto|"
    r"logo|assim|por (?:lo )?tanto|as\u00ed que|luego|dus|daarom|alts\u00e5|wi\u0119c|jadi|v\u1eady|"
    r"dolay\u0131s\u0131yla)\b",
    re.IGNORECASE,
)
_SPLIT = regex(r"[,;:\u2014]")
_NOT_OURS = (
    *UNSPACED,
    *("\u4e4d", "\u8bf4", "\u8aaa", "\u8ba4\u4e3a", "\u89c9\u5f97", "\u4ee5\u4e3a", "\u770b\u8d77\u6765"),
    *("\u4f3c\u4e4e", "\u731c", "\u540c\u5b66", "\u8001\u5e08", "\u6709\u4eba", "\u4e66\u4e0a"),
    *("\u5ffd\u7565", "\u5f88\u591a\u4eba", "\u6709\u4e9b\u4eba", "\u65e0\u6cd5", "\u968f\u4fbf"),
    *("\u3068\u8a00", "\u3068\u601d", "\u3089\u3057\u3044", "\u4e88\u60f3", "\uc0dd\uac01", "\uce5c\uad6c"),
)  # fmt: skip
"""Who else says it, or that it only seems so, in Chinese, Japanese and Korean."""
_UNSPACED = regex(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_UNSPACED_SPLIT = regex(r"[\uff0c\u3002\uff1b\u3001,;]")
_LETTER = regex(r"(?<![A-Za-z])[A-J](?![A-Za-z])")
_LATIN = regex(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+")


def unread_foreign_lead(lead: str) -> str:
    """What of a sentence up to a letter, in another language, is not understood; else empty."""
    if _UNSPACED.search(lead):
        *before, last = _UNSPACED_SPLIT.split(lead)
        ours = "".join((*(clause for clause in before if not _LETTER.search(clause)), last))
        return lead.strip() if any(map(ours.__contains__, _NOT_OURS)) else ""  # "A is wrong, only C is right"
    if not _LATIN.search(lead):
        return ""
    clauses = [clause for clause in _SPLIT.split(lead) if plain_words(clause)]
    concluded = _CONCLUDING.match(clauses[-1]) is not None
    for clause in clauses[-1:] if concluded else clauses:
        said = plain_words(clause)
        known = _PICKING.issuperset(said) or (
            clause is not clauses[-1] and (said[0] in _REASON or "=" in clause)
        )
        if not known:
            return clause.strip()
    return ""


def unread_foreign_rest(lead: str, rest: str) -> str:
    """What of a sentence in another language behind its letter is not understood: ", könnte man meinen".

    Args:
        lead: the sentence up to the letter.
        rest: what stands behind it, without its option's text.
    """
    ended = rest.lstrip(" )")[:1] in (".", "!", "?", "\n", "")
    if ended or FOREIGN_NOUNS.isdisjoint(plain_words(lead)) or _UNSPACED.search(rest):
        return ""
    rest = rest.strip(" ).,:;!*")
    said = plain_words(rest.partition("\n")[0])
    known = not said or said[0] in _REASON or _PICKING.issuperset(said)
    return "" if known else rest
