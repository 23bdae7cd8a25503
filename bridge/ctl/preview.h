/*
 * preview.h - what each phone would get of a mail, as `triviumctl preview` shows it.
 */
#ifndef BRIDGE_CTL_PREVIEW_H
#define BRIDGE_CTL_PREVIEW_H

#include <stdbool.h>
#include <stddef.h>

struct ctl;
struct verdict;

enum { PREVIEW_PHONES = 50 }; /* recipients at most */

/* What was asked for. Strings are lent. */
struct preview {
	const char *to[PREVIEW_PHONES]; /* mail addresses, or numbers */
	size_t nto;                     /* 0: those of the mail's field To that are ours */
	bool json;                      /* a line of JSON for each, instead of text for people */
};

/*
 * Show what each recipient would get of the mail at fd, by the configuration if there is one, else by
 * presets. 0, CTL_NO when one of them would get nothing, EX_CONFIG or EX_USAGE, said on stderr; or
 * -1 and *v when nothing can be made of the mail.
 */
int preview_phones(struct ctl *c, int fd, const struct preview *p, struct verdict *v);

#endif
