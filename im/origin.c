/*
 * origin.c - where a message of an IM user came from, written as a Message-ID and read back.
 */
#include "im/origin.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Copy s so that it can stand in a Message-ID: letters, digits and '-' as they are, others as =XX. */
static bool
put_coded(char **at, const char *end, const char *s)
{
	for (; *s; s++) {
		bool fine = isalnum((unsigned char)*s) || *s == '-';

		if (end - *at < 4)
			return false;
		*at += sprintf(*at, fine ? "%c" : "=%02X", (unsigned char)*s);
	}
	return true;
}

bool
origin_format(const struct origin *o, const char *domain, char out[ORIGIN_ROOM])
{
	const char *const parts[] = { o->id, o->resource, o->local };
	const char *end = &out[ORIGIN_ROOM - 1];
	char *at = out;

	if (!o->id[0])
		return false;
	for (size_t i = 0; i < 3; i++) {
		if (at == end)
			return false;
		*at++ = i ? '.' : '<';
		if (!put_coded(&at, end, parts[i]))
			return false;
	}
	return snprintf(at, (size_t)(end - at), "@%s>", domain) < end - at;
}

/* Read one part up to its end character, and step behind that. */
static bool
take_coded(const char **at, char stop, char *out, size_t room)
{
	size_t n = 0;

	for (; **at != stop; n++) {
		unsigned code;

		if (n == room - 1 || (!isalnum((unsigned char)**at) && !strchr("-=", **at)) || !**at)
			return false;
		if (**at != '=') {
			out[n] = *(*at)++;
			continue;
		}
		if (!isxdigit((unsigned char)(*at)[1]) || !isxdigit((unsigned char)(*at)[2]) ||
		    sscanf(*at + 1, "%2x", &code) != 1 || !code)
			return false;
		out[n] = (char)code;
		*at += 3;
	}
	out[n] = '\0';
	(*at)++;
	return true;
}

bool
origin_parse(const char *id, const char *domain, struct origin *o)
{
	size_t n = strlen(domain);

	if (!id || *id++ != '<')
		return false;
	return take_coded(&id, '.', o->id, sizeof o->id) && o->id[0] &&
	       take_coded(&id, '.', o->resource, sizeof o->resource) &&
	       take_coded(&id, '@', o->local, sizeof o->local) && strncmp(id, domain, n) == 0 &&
	       strcmp(id + n, ">") == 0;
}
