/*
 * claim.c - which recipients are ours, and who may send to them.
 *
 * Only our own table says what is ours. What the mail server thinks of a recipient ({rcpt_mailer})
 * is not asked: Postfix calls recipients of virtual alias domains "error" although it delivers to
 * them.
 */
#include "milter/claim.h"

#include <stddef.h>

#include "bridge/base/log.h"
#include "bridge/base/networks.h"
#include "bridge/base/verdict.h"
#include "bridge/message/msg.h"
#include "bridge/store/route.h"
#include "milter/milter.h"

int
claim(const struct milter *m, const char *given, struct route *r, struct verdict *v)
{
	int ours = route_find(m->routes, m->users, &m->rules, given, r, NULL, NULL, v);

	if (ours < 0 && v->is == LATER)
		log_warn("to=<%s>: %s", given, v->text);
	return ours;
}

long
claim_auth(const struct milter *m, const struct bearer *b)
{
	struct in6_addr address;
	bool near = b->local || (b->client && network_address(b->client, &address) &&
				    networks_have(m->networks, &address));

	return (b->login ? AUTH_SASL : 0) | (near ? AUTH_IP : 0);
}

int
claim_allows(const struct milter *m, const struct bearer *b, struct verdict *v)
{
	if (claim_auth(m, b))
		return 0;
	return never(v, "5.7.1", "sending to phones needs a login here");
}
