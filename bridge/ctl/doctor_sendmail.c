/*
 * doctor_sendmail.c - what Sendmail's configuration says of Trivium, as etc/sendmail/trivium.mc makes it.
 *
 * Read are the lines of the file sendmail.cf that name milters ("X"), the list of those that see each mail
 * (the option InputMailFilters), and the ports with lists of their own (DaemonPortOptions). A line that
 * begins with white space goes on with the one before.
 */
#include "bridge/ctl/doctor.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/buf.h"
#include "bridge/base/conf.h"
#include "bridge/ctl/ctl.h"

enum { LONGEST = 1 << 20, LINE = 4096, NAME = 128, FILTERS = 16 };

static const char usual[] = "/etc/mail/sendmail.cf";

/* What there is to know. */
struct found {
	struct milter_place place;
	struct filter {
		char name[NAME];
		bool waits;              /* F=T: mail waits while it is away */
	} filters[FILTERS];              /* those with our socket */
	unsigned nfilters;
	const struct filter *first, *second; /* at the front door, and at the second one; NULL: none of ours */
	bool has_door;
};

/* The value of "key=value" in a list parted by commas, without the blanks around it; false when it is not
 * there. Of a key Sendmail looks at the first letter. */
static bool
equate(const char *list, char key, char *value, size_t size)
{
	for (const char *p = list; *p; p += strcspn(p, ","), p += *p == ',') {
		const char *s, *end;

		p += strspn(p, " \t");
		s = p + strcspn(p, "=,");
		if (toupper((unsigned char)*p) != key || *s != '=')
			continue;
		s++;
		s += strspn(s, " \t");
		end = s + strcspn(s, ",");
		while (end > s && isspace((unsigned char)end[-1]))
			end--;
		snprintf(value, size, "%.*s", (int)(end - s), s);
		return true;
	}
	return false;
}

/* The path of a local socket, by either of its names; what is none stays. */
static const char *
path_of(const char *socket)
{
	size_t n = strncmp(socket, "unix:", 5) == 0 ? 5 : strncmp(socket, "local:", 6) == 0 ? 6 : 0;

	return socket + n;
}

static const struct filter *
find(const struct found *f, const char *name)
{
	for (unsigned i = 0; i < f->nfilters; i++)
		if (strcasecmp(f->filters[i].name, name) == 0)
			return &f->filters[i];
	return NULL;
}

/* One of ours among the names of a list, which are parted by `between`. */
static const struct filter *
find_any(const struct found *f, const char *list, const char *between)
{
	const struct filter *one = NULL;
	char name[NAME];

	for (const char *p = list + strspn(list, between); *p && !one; p += strspn(p, between)) {
		size_t n = strcspn(p, between);

		snprintf(name, sizeof name, "%.*s", (int)n, p);
		one = find(f, name);
		p += n;
	}
	return one;
}

/* "Xname, S=socket, F=T, T=..." */
static void
take_filter(struct found *f, const char *line)
{
	char name[NAME], value[LINE];
	size_t n;

	if (*line != 'X')
		return;
	n = strcspn(line + 1, ", \t");
	snprintf(name, sizeof name, "%.*s", (int)n, line + 1);
	line += 1 + n;
	line += *line == ',';
	if (n == 0 || f->nfilters == FILTERS || !equate(line, 'S', value, sizeof value) ||
	    strcmp(path_of(value), path_of(f->place.socket)) != 0)
		return;
	snprintf(f->filters[f->nfilters].name, NAME, "%s", name);
	f->filters[f->nfilters++].waits = equate(line, 'F', value, sizeof value) && strchr(value, 'T');
}

/* "O InputMailFilters=a, b" and "O DaemonPortOptions=Port=10026, Name=x, InputMailFilters=a;b". The lines of the
 * filters may stand behind these, so it is asked in a second reading. */
static void
take_option(struct found *f, const char *line)
{
	static const char filters[] = "O InputMailFilters=", port[] = "O DaemonPortOptions=";
	char value[LINE];

	if (strncasecmp(line, filters, sizeof filters - 1) == 0) {
		f->first = find_any(f, line + sizeof filters - 1, ", \t");
	} else if (strncasecmp(line, port, sizeof port - 1) == 0) {
		line += sizeof port - 1;
		if (!equate(line, 'N', value, sizeof value) || strcmp(value, f->place.second_door) != 0)
			return;
		f->has_door = true;
		if (equate(line, 'I', value, sizeof value))
			f->second = find_any(f, value, "; \t");
	}
}

/* Read the file line by line, the continued ones in one piece. 0, or -1 and errno. */
static int
read_lines(FILE *in, struct found *f, void (*take)(struct found *f, const char *line))
{
	char *next = NULL;
	size_t room = 0;
	struct buf line;

	buf_init(&line, LONGEST);
	rewind(in);
	while (getline(&next, &room, in) > 0) {
		next[strcspn(next, "\r\n")] = '\0';
		if (*next != ' ' && *next != '\t') {
			take(f, buf_str(&line));
			buf_reset(&line);
		}
		buf_adds(&line, next);
	}
	take(f, buf_str(&line));
	buf_free(&line);
	free(next);
	return ferror(in) ? -1 : 0;
}

static void
judge_first(struct doctor *d, const struct found *f, const char *cf)
{
	if (f->nfilters == 0) {
		doctor_say(d, DOCTOR_BAD, "sendmail", "no milter in %s has S=%s: no mail reaches trivium-milter; see "
		    "etc/sendmail/trivium.mc", cf, f->place.socket);
		return;
	}
	if (!f->first)
		doctor_say(d, DOCTOR_BAD, "sendmail", "InputMailFilters in %s does not list %s: mail that comes by SMTP "
		    "does not reach trivium-milter", cf, f->filters[0].name);
	else if (f->first->waits)
		doctor_say(d, DOCTOR_WARN, "sendmail", "%s has F=T: while trivium-milter is away no mail at all comes in",
		    f->first->name);
	else
		doctor_say(d, DOCTOR_FINE, "sendmail", "shows each mail to %s", f->first->name);
}

static void
judge_second(struct doctor *d, const struct found *f)
{
	if (!f->has_door)
		doctor_say(d, DOCTOR_WARN, "sendmail", "no port is named %s: mail for phones does not wait while "
		    "trivium-milter is away, and what aliases lead to phones does not reach them", f->place.second_door);
	else if (!f->second)
		doctor_say(d, DOCTOR_BAD, "sendmail", "the port %s has no InputMailFilters with our milter", f->place.second_door);
	else if (!f->second->waits)
		doctor_say(d, DOCTOR_BAD, "sendmail", "%s, at the port %s, lacks F=T: while trivium-milter is away mail for "
		    "phones goes on without it, in a circle", f->second->name, f->place.second_door);
	else
		doctor_say(d, DOCTOR_FINE, "sendmail", "mail for phones waits at the port %s", f->place.second_door);
}

static void
judge_socket(struct doctor *d, const char *socket)
{
	const char *path = path_of(socket);

	if (*path == '/')
		doctor_say_milter(d, path, doctor_reach_unix(path));
}

void
doctor_sendmail(struct doctor *d, const char *cf)
{
	struct found f = { .nfilters = 0 };
	bool named = cf != NULL;
	FILE *in = fopen(named ? cf : usual, "re");

	if (!in && !named && errno == ENOENT) {
		doctor_say(d, DOCTOR_WARN, "mail server", "neither postconf(1) nor %s is there: name your sendmail.cf as "
		    "`triviumctl doctor FILE`", usual);
		return;
	}
	cf = named ? cf : usual;
	if (!in) {
		doctor_say(d, DOCTOR_BAD, "sendmail", "%s: %s", cf, strerror(errno));
		return;
	}
	section_fill(conf_section(d->ctl->conf, "milter", 0), milter_place_rows, &f.place);
	if (read_lines(in, &f, take_filter) < 0 || read_lines(in, &f, take_option) < 0) {
		doctor_say(d, DOCTOR_BAD, "sendmail", "%s: %s", cf, strerror(errno));
		fclose(in);
		return;
	}
	fclose(in);
	judge_first(d, &f, cf);
	if (f.nfilters)
		judge_second(d, &f);
	judge_socket(d, f.place.socket);
}
