/*
 * networks.c - lists of networks. An IPv4 address is kept as the IPv6 address that maps it, so that
 * one comparison serves both, and a v4-mapped client is the same one as the plain client.
 */
#include "bridge/base/networks.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"

enum { BITS = 128, MAPPED = 96, WORD = 80 };

struct network {
	struct in6_addr address;
	unsigned bits;
};

struct networks {
	struct network *all;
	size_t n;
};

bool
network_address(const char *text, struct in6_addr *address)
{
	struct in_addr v4;

	if (strncasecmp(text, "IPv6:", 5) == 0)
		return inet_pton(AF_INET6, text + 5, address) == 1;
	if (inet_pton(AF_INET6, text, address) == 1)
		return true;
	if (inet_pton(AF_INET, text, &v4) != 1)
		return false;
	memset(address, 0, sizeof *address);
	address->s6_addr[10] = address->s6_addr[11] = 0xff;
	memcpy(address->s6_addr + 12, &v4, sizeof v4);
	return true;
}

/* Are the first `bits` bits of the two the same? */
static bool
same(const struct in6_addr *a, const struct in6_addr *b, unsigned bits)
{
	unsigned bytes = bits / 8;
	unsigned char mask = (unsigned char)(0xff00U >> bits % 8);

	if (memcmp(a->s6_addr, b->s6_addr, bytes) != 0)
		return false;
	return bits % 8 == 0 || ((a->s6_addr[bytes] ^ b->s6_addr[bytes]) & mask) == 0;
}

/* The length behind the slash; -1 when it is none. */
static int
length(const char *text, int most)
{
	char *end;
	long bits;

	if (*text < '0' || *text > '9')
		return -1;
	bits = strtol(text, &end, 10);
	return *end || bits > most ? -1 : (int)bits;
}

/* Read one word, which may be changed. 0, or -1 and *v. */
static int
parse_word(char *word, struct network *net, struct verdict *v)
{
	char whole[WORD], *slash = strchr(word, '/'), *close;
	struct in6_addr none = IN6ADDR_ANY_INIT;
	int most, bits;

	memcpy(whole, word, strlen(word) + 1);
	if (slash)
		*slash++ = '\0';
	if (*word == '[' && (close = strchr(word, ']')) && !close[1]) {
		*close = '\0';
		word++;
	}
	if (!network_address(word, &net->address))
		return never(v, "5.3.5", "networks: \"%s\" is no address", whole);
	most = strchr(word, ':') ? BITS : BITS - MAPPED;
	if ((bits = slash ? length(slash, most) : most) < 0)
		return never(v, "5.3.5", "networks: \"%s\": behind / stands 0 to %d", whole, most);
	net->bits = (unsigned)bits + (unsigned)(BITS - most);
	for (unsigned i = 0; i < BITS; i++)
		if (i >= net->bits)
			none.s6_addr[i / 8] |= (unsigned char)(0x80U >> i % 8);
	/* Postfix, too, takes it for a mistake when an address has more bits than its network. */
	for (unsigned i = 0; i < sizeof none.s6_addr; i++)
		if (none.s6_addr[i] & net->address.s6_addr[i])
			return never(v, "5.3.5",
			    "networks: \"%s\" has bits set behind the first %d", whole, bits);
	return 0;
}

struct networks *
networks_parse(const char *list, struct verdict *v)
{
	static const char between[] = " \t\n,";
	struct networks *n = xcalloc(1, sizeof *n);
	char word[WORD];

	for (list += strspn(list, between); *list; list += strspn(list, between)) {
		size_t len = strcspn(list, between);

		if (len >= sizeof word) {
			never(v, "5.3.5", "networks: \"%.60s...\" is no address", list);
			networks_free(n);
			return NULL;
		}
		memcpy(word, list, len);
		word[len] = '\0';
		list += len;
		n->all = xrealloc(n->all, (n->n + 1) * sizeof *n->all);
		if (parse_word(word, &n->all[n->n++], v) < 0) {
			networks_free(n);
			return NULL;
		}
	}
	return n;
}

void
networks_free(struct networks *n)
{
	if (!n)
		return;
	free(n->all);
	free(n);
}

bool
networks_have(const struct networks *n, const struct in6_addr *address)
{
	for (size_t i = 0; i < n->n; i++)
		if (same(&n->all[i].address, address, n->all[i].bits))
			return true;
	return false;
}
