/*
 * mime_leaf.c - the parts of a mail that hold no others, and what each gives to its text.
 *
 * Text is decoded piece by piece and flattened as it comes; only what can be read as a whole alone
 * is held, one part at a time.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/buf.h"
#include "bridge/message/armor.h"
#include "bridge/message/card.h"
#include "bridge/message/charset.h"
#include "bridge/message/decode.h"
#include "bridge/message/encoded.h"
#include "bridge/message/enriched.h"
#include "bridge/message/entity.h"
#include "bridge/message/flatten.h"
#include "bridge/message/head.h"
#include "bridge/message/mime_part.h"
#include "bridge/message/msg.h"
#include "bridge/message/rtf.h"
#include "bridge/message/tnef.h"

/* Append a field's text to out: decoded (RFC 2047), in UTF-8, one line, at most max bytes. */
void
mime_decode_field(const char *value, size_t max, struct buf *out)
{
	struct buf text, line;

	buf_init(&text, (size_t)HEAD_FIELD * 4);
	buf_init(&line, max);
	encoded_decode(value, strlen(value), NULL, &text);
	flatten_line(&line, buf_str(&text), text.len);
	flatten_add(out, buf_str(&line), line.len);
	buf_free(&line);
	buf_free(&text);
}

/* A line of the list of attachments, when one is asked for. name: "" for none. */
void
mime_list(struct mail *mail, const char *name, const char *major, const char *minor)
{
	mail->g->listed = true;
	if (mail->g->attachments)
		buf_addf(mail->g->attachments, "Attachment: %s%s(%s/%s)\n", name, *name ? " " : "",
		    major, minor);
}

void
mime_list_entity(struct mail *mail, const struct entity *e)
{
	bool crypto = strncmp(e->minor, "pgp", 3) == 0 || strstr(e->minor, "pkcs7");
	bool of_text = *e->id || entity_is(e, "text", NULL) || entity_is(e, "message", NULL);

	if (e->name || e->attached || (!of_text && !crypto))
		mime_list(mail, e->name ? e->name : "", e->major, e->minor);
}

/* What is left of the part, decoded, as far as it is wanted. For buf_free(). */
void
mime_gather(struct mail *mail, const struct entity *e, struct buf *bytes)
{
	buf_init(bytes, mail->max > MSG_MAX_TEXT ? MIME_WHOLE_LONG : MIME_WHOLE_SHORT);
	decode_part(&mail->in, e->encoding, entity_is(e, "text", NULL), flatten_put, bytes);
}

/* The text of a part is complete. */
void
mime_give_text(struct mail *mail, enum mix_kind kind, const struct buf *text, struct mix *out)
{
	flatten_join(&out->text, buf_str(text), text->len);
	out->kind = out->text.len ? kind : MIX_NOTHING;
	mail->g->any_text |= out->text.len > 0;
}

void
mime_give_notice(struct mix *out, const char *notice)
{
	flatten_join(&out->text, notice, strlen(notice));
	out->kind = MIX_PLAIN;
}

/* A file that stood in the text of a part. */
static void
on_file(void *mail, const char *name)
{
	mime_list(mail, name, "application", "octet-stream");
}

static int
put_flatten(void *to, const char *bytes, size_t len)
{
	return flatten_feed(to, bytes, len);
}

void
mime_leaf_text(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	char charset[FIELD_TOKEN], word[FIELD_TOKEN];
	const char *format = entity_option(e, "format", word);
	enum flatten_how how = FLATTEN_PLAIN;
	struct flatten *f;
	struct buf text;

	(void)messages;
	if (strstr(e->minor, "html")) {
		how = FLATTEN_HTML;
		if (mail->no_pages)
			return;
	} else if (format && strcasecmp(format, "flowed") == 0) {
		format = entity_option(e, "delsp", word);
		how = format && strcasecmp(format, "yes") == 0 ? FLATTEN_DELSP : FLATTEN_FLOWED;
	}
	buf_init(&text, mail->max);
	f = flatten_begin(entity_option(e, "charset", charset), how, &text);
	decode_part(&mail->in, e->encoding, true, put_flatten, f);
	how = flatten_end(f);
	if (how != FLATTEN_HTML)
		armor_remove(&text, on_file, mail);
	mime_give_text(mail,
	    how == FLATTEN_HTML          ? MIX_HTML
	    : entity_is(e, "text", NULL) ? MIX_PLAIN
					 : MIX_OTHER,
	    &text, out);
	buf_free(&text);
}

/* Text with marks of its own, turned to plain text by convert(). raw: in its own bytes, not UTF-8.
 */
static void
read_marked(struct mail *mail, const struct entity *e, bool raw,
    void (*convert)(const char *s, size_t len, struct buf *out), struct mix *out)
{
	char charset[FIELD_TOKEN];
	struct buf bytes, utf8, text;

	mime_gather(mail, e, &bytes);
	buf_init(&utf8, bytes.len * CHARSET_GROWTH + 16);
	buf_init(&text, mail->max);
	if (!raw)
		charset_text(
		    entity_option(e, "charset", charset), buf_str(&bytes), bytes.len, &utf8);
	convert(raw ? buf_str(&bytes) : buf_str(&utf8), raw ? bytes.len : utf8.len, &text);
	mime_give_text(mail, MIX_OTHER, &text, out);
	buf_free(&text);
	buf_free(&utf8);
	buf_free(&bytes);
}

void
mime_leaf_enriched(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	(void)messages;
	read_marked(mail, e, false,
	    strcmp(e->minor, "richtext") == 0 ? enriched_richtext : enriched_text, out);
}

void
mime_leaf_rtf(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	(void)messages;
	read_marked(mail, e, true, rtf_text, out);
}

/* A calendar or a card: a line about it goes behind the mail's text, once. */
void
mime_leaf_card(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	bool any_text = mail->g->any_text;
	struct mix card;

	(void)messages;
	(void)out;
	mime_list_entity(mail, e);
	mix_init(&card, MIME_EVENTS);
	read_marked(mail, e, false, any_text ? card_text : card_whole, &card);
	mail->g->any_text = any_text;
	if (card.text.len && !strstr(buf_str(&mail->g->events), card.text.data))
		flatten_join(&mail->g->events, card.text.data, card.text.len);
	buf_free(&card.text);
}

/* Outlook's own form of a mail, TNEF: its text counts when there is no other. */
static void
on_tnef_file(void *mail, const char *name)
{
	mime_list(mail, name, "application", "octet-stream");
}

void
mime_leaf_tnef(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	struct buf bytes, text;

	(void)messages;
	mime_list_entity(mail, e);
	mime_gather(mail, e, &bytes);
	buf_init(&text, mail->max);
	tnef_text(buf_str(&bytes), bytes.len, &text, on_tnef_file, mail);
	if (!mail->g->any_text)
		mime_give_text(mail, MIX_OTHER, &text, out);
	buf_free(&text);
	buf_free(&bytes);
}

/* The mark of a message encrypted by PGP, whose multipart some servers make another one. */
void
mime_leaf_pgp(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	(void)messages;
	mime_list_entity(mail, e);
	mime_give_notice(out, "[encrypted message]");
}

void
mime_leaf_partial(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	(void)mail;
	(void)e;
	(void)messages;
	mime_give_notice(out, "[a piece of a longer message]");
}

/* RFC 2046 5.2.3: what is kept elsewhere is not fetched, but said to be there. */
void
mime_leaf_external(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	static const char *const places[] = { "url", "site", "server", "directory", "name",
		"filename" };
	struct buf text, value;

	(void)messages;
	buf_init(&text, MIME_SUBJECT);
	buf_adds(&text, "[message kept elsewhere");
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		struct buf line;

		buf_init(&value, MIME_SUBJECT / 8);
		buf_init(&line, MIME_SUBJECT / 8);
		if (entity_parameter(e, places[i], &value)) {
			flatten_line(&line, buf_str(&value), value.len);
			if (line.len)
				buf_addf(&text, "%s%s", strchr(buf_str(&text), ':') ? " " : ": ",
				    buf_str(&line));
		}
		buf_free(&line);
		buf_free(&value);
	}
	buf_adds(&text, "]");
	mime_give_notice(out, buf_str(&text));
	mime_list_entity(mail, e);
	buf_free(&text);
}

/* Text that is of use to programs only, or that repeats a better part of the same mail. */
void
mime_leaf_nothing(struct mail *mail, const struct entity *e, unsigned messages, struct mix *out)
{
	(void)messages;
	(void)out;
	mime_list_entity(mail, e);
}
