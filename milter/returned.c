/*
 * returned.c - a mail that comes to a return path of ours.
 */
#include "milter/returned.h"

#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/verdict.h"
#include "bridge/message/bounce.h"
#include "bridge/message/msg.h"

int
returned_read(struct msg *m, int fd, struct verdict *v)
{
	struct bounce b;

	if (bounce_read(fd, m->from + strlen("mailto:"), &b, v) < 0)
		return -1;
	if (b.is == BOUNCE_NONE)
		return never(v, "5.7.1", "this address takes reports of mail servers only; write to the "
		    "address in the From field");
	m->automatic = true;
	m->action = bounce_word(b.is);
	m->report = arena_printf(m->arena, "Status: %s\nDiagnostic-Code: %s\n", b.dsn, b.code);
	m->text = arena_strdup(m->arena, b.text);
	return 0;
}
