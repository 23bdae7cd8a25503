/*
 * preview_phone.c - what each phone would get of a mail. It asks the rooms that the mail would walk
 * through, so it cannot tell anything else than they do. jansson stays here.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bridge/base/buf.h"
#include "bridge/base/conf.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/ctl/ctl.h"
#include "bridge/ctl/preview.h"
#include "bridge/ctl/preview_mms.h"
#include "bridge/ctl/print.h"
#include "bridge/ctl/segments.h"
#include "bridge/flow/fit.h"
#include "bridge/flow/left.h"
#include "bridge/flow/links.h"
#include "bridge/flow/pieces.h"
#include "bridge/flow/shape.h"
#include "bridge/message/content.h"
#include "bridge/message/gsm.h"
#include "bridge/message/mime.h"
#include "bridge/message/msg.h"
#include "bridge/store/route.h"
#include "bridge/store/table.h"

/* One recipient, and what it would get. */
struct phone {
	char *given;
	struct route route;
	struct style style;
	bool refused; /* for this reason: */
	struct verdict v;
	size_t rcpt; /* which of the message it is, when not refused */
	struct shaped shaped;
	struct buf text;
	unsigned carries;	  /* its transport; MSG_* kinds */
	struct fit_limits limits; /* of its MMS */
	struct preview_mms mms;
};

/* A preview under way. */
struct room {
	struct ctl *ctl;
	struct table *routes; /* NULL: there is no configuration */
	struct links_settings link_settings;
	struct links *links;
	struct msg *msg;
	bool json;
	struct phone phones[PREVIEW_PHONES];
	size_t nphones;
};

/* What the route's transport says of how it shows messages, with the route's words. 0, or -1 and *v. */
static int
find_style(const struct room *room, const struct route *r, struct phone *p, struct verdict *v)
{
	struct style *style = &p->style;
	struct msg_rcpt rcpt = { .style = r->style };
	struct shape_settings settings;
	struct ctl_transport t;

	*style = shape_default;
	p->limits = fit_default;
	if (*r->transport) {
		if (!ctl_transport(room->ctl, r->transport, &t))
			return later(v, "4.3.5", "the route names \"%s\", which is not configured",
			    r->transport);
		section_fill(t.section, shape_rows, &settings);
		section_fill(t.section, fit_rows, &p->limits);
		p->carries = ctl_carries(&t);
		if (r->how & p->carries)
			p->route.how = (enum msg_how)(r->how & p->carries);
		if (shape_style(&settings, style, v) < 0)
			return -1;
	}
	fit_style(&p->limits, style);
	*style = shape_style_of(style, &rcpt);
	return 0;
}

/* The way of a mailbox, or of a bare number, which any platform may take when no prefix does. 1, 0 or
 * -1 as route_find(). */
static int
find_route(const struct room *room, const char *given, struct route *r, struct verdict *v)
{
	char number[ADDR_NUMBER];
	int rc;

	*r = (struct route){ .how = MSG_SMS };
	if (!room->routes)
		return 1;
	if (strchr(given, '@'))
		return route_find(room->routes, NULL, &room->ctl->rules, given, r, NULL, NULL, v);
	if (addr_number(given, &room->ctl->rules, number, v) < 0)
		return -1;
	if ((rc = route_number(room->routes, number, r, v)) == 0) {
		*r = (struct route){ .how = MSG_SMS };
		snprintf(r->to, sizeof r->to, "tel:%s", number);
	}
	return rc < 0 ? -1 : 1;
}

/* Make the phone a recipient of the message, as the mail server and the bridge would. Returns which. */
static size_t
add_rcpt(struct room *room, const struct phone *p)
{
	struct msg_rcpt *r = msg_add_rcpt(room->msg, p->given);

	r->to = *p->route.to ? p->route.to : "tel:";
	r->how = p->route.how;
	r->shaping = &p->style; /* with its route's words */
	r->whole = p->style.link && links_are_made(room->links);
	return room->msg->nrcpts - 1;
}

/*
 * Add a recipient to the preview, and to the message if it would get there: what is read of a mail
 * depends on that. Where `ours`, only one that is ours, or would be refused. False: there are enough.
 */
static bool
add(struct room *room, const char *given, bool ours)
{
	struct phone *p = &room->phones[room->nphones];
	int rc;

	if (room->nphones == PREVIEW_PHONES)
		return false;
	*p = (struct phone){ .given = NULL };
	p->given = xstrdup(given);
	rc = find_route(room, given, &p->route, &p->v);
	if (rc == 0 && ours) {
		free(p->given);
		return true;
	}
	if (rc == 0)
		never(&p->v, "5.1.2", "it is not one of our addresses");
	p->refused = rc <= 0 || find_style(room, &p->route, p, &p->v) < 0;
	if (!p->refused)
		p->rcpt = add_rcpt(room, p);
	buf_init(&p->text, MSG_MAX_FULL);
	room->nphones++;
	return true;
}

/* Whose attachments are where, as intake.c has it. */
static void
link_up(struct room *room)
{
	struct msg *m = room->msg;
	unsigned carried = 0;

	for (size_t i = 0; i < room->nphones; i++)
		carried |= room->phones[i].refused ? 0 : room->phones[i].carries;
	left_behind(m, carried ? carried : MSG_PHONE);
	shape_ahead(m, true);
	links_make(room->links, m);
	for (size_t i = 0; i < m->nrcpts; i++)
		left_for(m, i);
}

/* What does not go to that phone; NULL: nothing is left out. */
static const char *
left_of(const struct room *room, const struct phone *p)
{
	const char *left = room->msg->rcpts[p->rcpt].left;

	preview_mms_left(&p->mms, room->msg, &left);
	return left;
}

static bool
goes_as_mms(const struct msg *m, const struct phone *p)
{
	return p->route.how == MSG_MMS || (p->route.how & MSG_MMS && m->nparts);
}

static void
shape(const struct msg *m, struct phone *p)
{
	if (p->refused)
		return;
	if (goes_as_mms(m, p)) {
		if (preview_mms_make(&p->mms, m, &p->style, &p->limits, &p->v) < 0)
			p->refused = true;
	} else if (p->route.how == MSG_IM)
		buf_adds(&p->text, m->full ? m->full : m->text);
	else
		p->shaped = shape_sms(m, &p->style, &p->text);
}

/* For people. */

static void
print_phone(const struct phone *p)
{
	print_text(stdout, p->given);
	if (p->refused) {
		printf(": %s (%s %s): ", p->v.is == NEVER ? "refused" : "refused for now",
		    verdict_smtp(&p->v), p->v.dsn);
		print_text(stdout, p->v.text);
		putchar('\n');
		return;
	}
	if (*p->route.to)
		printf(": %s", p->route.to);
	if (*p->route.transport)
		printf(" by %s", p->route.transport);
	putchar('\n');
	if (p->route.how == MSG_IM) {
		print_text(stdout, buf_str(&p->text));
		putchar('\n');
		return;
	}
	if (p->mms.n) {
		preview_mms_print(&p->mms, &p->limits);
		return;
	}
	segments_print_size(&p->shaped.alphabet, &p->shaped.size);
	segments_print_parts(buf_str(&p->text), p->text.len, &p->shaped.alphabet);
	if (p->shaped.cut)
		printf("cut: %zu characters have no room\n", p->shaped.cut);
}

static void
print_left(const char *left)
{
	if (!left)
		return;
	printf("not shown: ");
	print_text(stdout, left);
	putchar('\n');
}

/* For programs. */

/* What each of the messages says that the platform joins, or that go one by one. */
static json_t *
json_parts(const struct phone *p)
{
	const char *text = buf_str(&p->text);
	size_t ends[TEXT_SEGMENTS], start = 0, n;
	json_t *parts = json_array();
	struct buf pieces;
	char *rest, *piece;

	buf_init(&pieces, MSG_MAX_FULL);
	if (p->shaped.alphabet.separate) {
		pieces_of_text(text, p->text.len, &p->shaped.alphabet, &pieces);
		rest = pieces.data;
		while ((piece = strsep(&rest, PIECES_END)))
			json_array_append_new(parts, preview_string(piece, strlen(piece)));
	} else {
		n = text_split(text, p->text.len, &p->shaped.alphabet, ends);
		for (size_t i = 0; i < n; start = ends[i++])
			json_array_append_new(parts, preview_string(text + start, ends[i] - start));
	}
	buf_free(&pieces);
	return parts;
}

static void
json_sms(json_t *o, const struct phone *p)
{
	const struct text_alphabet *a = &p->shaped.alphabet;

	json_object_set_new(o, "encoding", json_string(text_encoding_name(a->encoding)));
	if (a->locking)
		json_object_set_new(o, "locking", json_string(gsm_language_name(a->locking)));
	if (a->single)
		json_object_set_new(o, "single", json_string(gsm_language_name(a->single)));
	json_object_set_new(o, "units", json_integer(p->shaped.size.units));
	json_object_set_new(o, "segments", json_integer(p->shaped.size.segments));
	json_object_set_new(o, "cut", json_integer((json_int_t)p->shaped.cut));
	json_object_set_new(o, "text", preview_string(buf_str(&p->text), p->text.len));
	json_object_set_new(o, "parts", json_parts(p));
}

static void
json_phone(const struct phone *p, const char *left)
{
	json_t *o = json_object();

	json_object_set_new(o, "recipient", preview_string(p->given, strlen(p->given)));
	if (p->refused) {
		json_object_set_new(o, "dsn", json_string(p->v.dsn));
		json_object_set_new(o, "error", preview_string(p->v.text, strlen(p->v.text)));
	} else {
		json_object_set_new(o, "to", json_string(p->route.to));
		json_object_set_new(o, "transport", json_string(p->route.transport));
		json_object_set_new(o, "how", json_string(msg_how_name(p->route.how)));
		json_object_set_new(o, "as", json_string(p->mms.n ? "mms" : p->route.how == MSG_IM ? "im" : "sms"));
		if (p->mms.n)
			preview_mms_json(&p->mms, o);
		else if (p->route.how == MSG_IM)
			json_object_set_new(o, "text", preview_string(buf_str(&p->text), p->text.len));
		else
			json_sms(o, p);
		if (left)
			json_object_set_new(o, "left", preview_string(left, strlen(left)));
	}
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

/* Cut the next address off a decoded field To, "Bob <bob@example.com>, carl@example.com". NULL: there
 * is no more. */
static char *
next_address(char **field)
{
	char *s = *field, *start = s, *end;
	bool quoted = false;

	for (; *s && (quoted || *s != ','); s++) {
		if (*s == '"')
			quoted = !quoted;
		else if (*s == '<' && !quoted)
			start = s + 1;
	}
	*field = *s ? s + 1 : s;
	*s = '\0';
	start += strspn(start, " \t");
	end = start + strcspn(start, "> \t");
	*end = '\0';
	return *start || **field ? start : NULL;
}

/* Add those of the field To that are ours. */
static void
add_field(struct room *room, int fd)
{
	struct verdict v;
	struct buf fields;
	char *field, *line, *address;

	buf_init(&fields, MIME_MAX_FULL);
	mime_headers(fd, &fields, &v);
	line = strncmp(buf_str(&fields), "To: ", 4) == 0 ? fields.data
							 : strstr(buf_str(&fields), "\nTo: ");
	if (line && *line == '\n')
		line++;
	field = line ? xstrndup(line + 4, strcspn(line + 4, "\n")) : xstrdup("");
	for (line = field; (address = next_address(&line));)
		if (strchr(address, '@') && !add(room, address, true))
			break;
	free(field);
	buf_free(&fields);
}

/* Whom it is for. */
static void
add_all(struct room *room, int fd, const struct preview *p)
{
	for (size_t i = 0; i < p->nto; i++)
		add(room, p->to[i], false);
	if (p->nto == 0 && room->routes)
		add_field(room, fd);
	if (room->nphones == 0) {
		/* Nobody in particular: as any phone would show it. */
		table_close(room->routes);
		room->routes = NULL;
		add(room, "any phone", false);
	}
}

/* What everyone gets. 0, or CTL_NO. */
static int
show_all(struct room *room)
{
	int rc = 0;

	for (size_t i = 0; i < room->nphones; i++) {
		struct phone *p = &room->phones[i];

		shape(room->msg, p);
		if (room->json) {
			json_phone(p, p->refused ? NULL : left_of(room, p));
		} else {
			print_phone(p);
			if (!p->refused)
				print_left(left_of(room, p));
		}
		if (p->refused)
			rc = CTL_NO;
	}
	return rc;
}

static void
room_free(struct room *room)
{
	for (size_t i = 0; i < room->nphones; i++) {
		free(room->phones[i].given);
		buf_free(&room->phones[i].text);
		preview_mms_free(&room->phones[i].mms);
	}
	table_close(room->routes);
	links_free(room->links);
	msg_free(room->msg);
	free(room);
}

int
preview_phones(struct ctl *c, int fd, const struct preview *p, struct verdict *v)
{
	struct room *room;
	struct table *routes = NULL;
	int rc;

	c->content.trim = true;
	/* Where nothing is configured, presets tell how it would be. */
	if (access(c->file, F_OK) == 0 || c->conf) {
		if ((rc = ctl_configure(c)) != 0)
			return rc;
		if (!(routes = table_open(c->tables.routes, v)))
			return ctl_error(c, EX_CONFIG, "tables: routes: %s", v->text);
	}
	room = xcalloc(1, sizeof *room);
	room->ctl = c;
	room->routes = routes;
	room->json = p->json;
	room->link_settings.url = "";
	if (c->conf)
		section_fill(conf_section(c->conf, "bridge", 0), links_rows, &room->link_settings);
	room->links = links_new(NULL, &room->link_settings);
	room->msg = msg_new();
	room->msg->from = "";
	add_all(room, fd, p);
	rc = content_read(room->msg, fd, &c->content, v);
	if (rc == 0) {
		link_up(room);
		rc = show_all(room);
	}
	room_free(room);
	return rc;
}
