/*
 * gsm.h - which characters the 7 bit alphabets of phones have (3GPP TS 23.038): the default
 * alphabet with its extension (6.2.1), and the tables of 13 languages (6.2.1.2, A.2, A.3), which a
 * message names in its header. A locking shift table stands in place of the default alphabet, a
 * single shift table in place of its extension; a message may use one of each, of any languages.
 */
#ifndef BRIDGE_GSM_H
#define BRIDGE_GSM_H

#include <stddef.h>
#include <stdint.h>

enum {
	GSM_DEFAULT = 0,    /* stands for the default alphabet and its extension */
	GSM_LANGUAGES = 14, /* the others are the standard's language identifiers, 1 to 13 */
};

/* The tables that have a character: bit L is that of language L. */
struct gsm_tables {
	uint16_t locking; /* here it takes one septet */
	uint16_t single;  /* here two, as it stands behind an escape */
};

/* The tables that have code point c; looked for in the default ones and those of `languages` (bit L
 * is language L). */
struct gsm_tables gsm_find(uint32_t c, unsigned languages);
/* gsm_septets() of each ASCII character in the default tables, which nearly all texts are made of. */
extern const unsigned char gsm_ascii[128];
/* Septets of code point c in those two tables: 1, 2, or 0 when neither has it. */
unsigned gsm_septets(uint32_t c, unsigned locking, unsigned single);
/*
 * The language that n bytes name: "Turkish", "tr", "tur", "1", in any case, with a region or not
 * ("pt-BR"). 0: there are no tables of that language.
 */
unsigned gsm_language(const char *name, size_t n);
/* "Turkish"; language is 0 ("default") to 13. */
const char *gsm_language_name(unsigned language);
/*
 * The languages of a list "tr, es", by bits, 0 for an empty one. NULL, or the first word that names
 * none (lent, *n bytes of the list; *languages is 0 then).
 */
const char *gsm_languages(const char *list, unsigned *languages, size_t *n);

#endif
