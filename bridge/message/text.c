/*
 * text.c - the alphabet of an SMS, and its segments.
 *
 * One character that an alphabet lacks turns the whole message to another one, and an escape pair
 * or a surrogate pair is never split, so a segment may end one unit short: the number of segments
 * is found by packing, not by dividing. Each alphabet goes once through the text, and leaves it at
 * the first character that it lacks.
 */
#include "bridge/message/text.h"

#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/utf8.h"
#include "bridge/message/gsm.h"
#include "bridge/message/smart.h"
#include "bridge/message/text_pack.h"

const char *
text_encoding_name(enum text_encoding e)
{
	return e == TEXT_GSM7 ? "GSM-7" : "UCS-2";
}

/*
 * Units that a segment of 140 octets has room for (3GPP TS 23.040 9.2.3.24): its header begins with
 * its length, and holds 3 octets for each shift table and 5 or 6 for the segment's number. The text
 * begins at the next unit.
 */
static unsigned
room(const struct text_alphabet *a, bool concatenated)
{
	unsigned header = 0, counter = concatenated ? a->counter : 0;

	if (a->encoding == TEXT_GSM7)
		header += (a->locking ? 3 : 0) + (a->single ? 3 : 0);
	if (concatenated && !a->separate)
		header += a->ref16 ? 6 : 5;
	if (header)
		header++;
	return (a->encoding == TEXT_GSM7 ? (140 - header) * 8 / 7 : (140 - header) / 2) - counter;
}

static const unsigned char *
ascii_units(const struct text_alphabet *a)
{
	static const unsigned char ucs2[128] = { [0 ... 127] = 1 };

	if (a->smart)
		return NULL;
	if (a->encoding == TEXT_UCS2)
		return ucs2;
	return a->locking == GSM_DEFAULT && a->single == GSM_DEFAULT ? gsm_ascii : NULL;
}

struct packing
packing_begin(const struct text_alphabet *a)
{
	return (struct packing){ .alphabet = *a, .alone = room(a, false), .part = room(a, true),
		.ascii = ascii_units(a) };
}

void
packing_add(struct packing *p, unsigned units)
{
	p->units += units;
	p->characters++;
	if (p->parts == 0 || p->fill + units > p->part) {
		p->parts++;
		p->fill = 0;
	}
	p->fill += units;
}

unsigned
packing_segments(const struct packing *p)
{
	return p->units <= p->alone ? 1 : p->parts;
}

unsigned
alphabet_units(const struct text_alphabet *a, uint32_t c)
{
	if (a->encoding == TEXT_UCS2)
		return c > 0xFFFF ? 2 : 1;
	return gsm_septets(c, a->locking, a->single);
}

/* Add what stands for c, as packing_take(). */
static int
take_replacement(struct packing *p, uint32_t c, struct buf *out)
{
	char bytes[SMART_MOST];
	const char *s = smart_replacement(c, bytes), *end, *at;

	if (!s)
		return -1;
	end = s + strlen(s);
	for (at = s; at < end;)
		if (!alphabet_units(&p->alphabet, utf8_next(&at, end)))
			return -1;
	for (at = s; at < end;)
		packing_add(p, alphabet_units(&p->alphabet, utf8_next(&at, end)));
	p->replaced++;
	if (out)
		buf_adds(out, s);
	return 0;
}

int
packing_take(struct packing *p, const char **at, const char *end, struct buf *out)
{
	uint32_t c = p->alphabet.smart ? smart_next(at, end) : utf8_next(at, end);
	unsigned units = alphabet_units(&p->alphabet, c);
	char bytes[4];

	if (!units)
		return p->alphabet.smart ? take_replacement(p, c, out) : -1;
	packing_add(p, units);
	if (out)
		buf_add(out, bytes, utf8_put(bytes, c));
	return 0;
}

size_t
packing_take_ascii(struct packing *p, const char *s, size_t len, unsigned parts)
{
	struct packing now = *p; /* in registers */
	size_t n = 0;

	for (; now.ascii && n < len && now.parts <= parts; n++) {
		unsigned char c = (unsigned char)s[n];
		unsigned units = c < 0x80 ? now.ascii[c] : 0;

		if (!units)
			break;
		packing_add(&now, units);
	}
	*p = now;
	return n;
}

bool
packing_take_all(struct packing *p, const char *utf8, size_t len, unsigned most)
{
	const char *at = utf8, *end = utf8 + len;

	while (at < end) {
		size_t n = packing_take_ascii(p, at, (size_t)(end - at), most);

		at += n;
		if (!n && packing_take(p, &at, end, NULL) < 0)
			return false;
		if (p->parts > most && packing_segments(p) > most)
			return false;
	}
	return true;
}

/* Is one cheaper than the other? */
static bool
cheaper(const struct packing *one, const struct packing *other)
{
	unsigned a = packing_segments(one), b = packing_segments(other);

	if (a != b)
		return a < b;
	if (one->alphabet.encoding != other->alphabet.encoding)
		return one->alphabet.encoding == TEXT_GSM7;
	if (one->replaced != other->replaced)
		return one->replaced < other->replaced;
	return one->units < other->units;
}

/* The units of "1/3 " in that alphabet: not all tables have the stroke, and some as a pair. 0: it cannot be
 * said. wanted: where each character is one. */
static unsigned
counter_units(unsigned wanted, unsigned locking, unsigned single)
{
	unsigned stroke = gsm_septets('/', locking, single);

	return stroke ? wanted + stroke - 1 : 0;
}

/* The 7 bit alphabets of the languages allowed, into list[n...]; the number then. */
static size_t
add_alphabets(struct text_alphabet *list, size_t n, const struct text_rules *rules, bool smart)
{
	unsigned languages = (rules->languages | 1u << GSM_DEFAULT) & ((1u << GSM_LANGUAGES) - 1);

	for (unsigned locking = 0; languages >> locking; locking++)
		for (unsigned single = 0; languages >> single; single++) {
			unsigned counter = rules->counter;

			if (!(languages >> locking & languages >> single & 1) ||
			    (counter && !(counter = counter_units(counter, locking, single))))
				continue;
			list[n++] = (struct text_alphabet){ TEXT_GSM7, (unsigned char)locking,
				(unsigned char)single, rules->ref16, rules->separate, smart,
				(unsigned char)counter };
		}
	return n;
}

size_t
text_alphabets(const struct text_rules *rules, struct text_alphabet list[TEXT_ALPHABETS])
{
	size_t n = 0;

	if (!rules->ucs2) {
		n = add_alphabets(list, n, rules, false);
		if (rules->smart)
			n = add_alphabets(list, n, rules, true);
	}
	list[n++] = (struct text_alphabet){ TEXT_UCS2, 0, 0, rules->ref16, rules->separate, false,
		rules->counter };
	return n;
}

static struct text_size
size_of(const struct packing *p)
{
	return (struct text_size){ p->alphabet.encoding, p->units, packing_segments(p) };
}

struct text_size
text_choose_within(const char *utf8, size_t len, const struct text_rules *rules, unsigned most,
    struct text_alphabet *a)
{
	static const struct text_rules none = { 0 };
	struct text_alphabet list[TEXT_ALPHABETS];
	size_t n = text_alphabets(rules ? rules : &none, list);
	struct packing best = packing_begin(&list[n - 1]);
	bool found = false;

	for (size_t i = 0; i < n; i++) {
		struct packing p = packing_begin(&list[i]);

		/* Look-alikes only ever save segments. */
		if (found && p.alphabet.smart && !best.replaced &&
		    packing_segments(&best) == 1)
			continue;
		if (!packing_take_all(&p, utf8, len, most) || (found && !cheaper(&p, &best)))
			continue;
		best = p;
		found = true;
		/* The default comes first, has the most room, and cannot be beaten by any other if none
		 * of its characters took two septets. */
		if (i == 0 && best.units == best.characters)
			break;
	}
	*a = best.alphabet;
	return found ? size_of(&best) : (struct text_size){ TEXT_UCS2, best.units, most + 1 };
}

struct text_size
text_choose(
    const char *utf8, size_t len, const struct text_rules *rules, struct text_alphabet *a)
{
	return text_choose_within(utf8, len, rules, TEXT_ANY, a);
}

struct text_size
text_measure(const char *utf8, size_t len)
{
	struct text_alphabet a;

	return text_choose(utf8, len, NULL, &a);
}

void
text_write(const char *utf8, size_t len, const struct text_alphabet *a, struct buf *out)
{
	struct packing p = packing_begin(a);
	const char *at = utf8, *end = utf8 + len;

	while (at < end) {
		const char *plain = at;

		/* The alphabet has the text whole, so what is ASCII stays as it is. */
		while (!a->smart && at < end && (unsigned char)*at < 0x80)
			at++;
		if (at > plain)
			buf_add(out, plain, (size_t)(at - plain));
		else
			packing_take(&p, &at, end, out);
	}
}
