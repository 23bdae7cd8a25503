/*
 * returnpath.c - the signed envelope sender of a mail that we make.
 */
#include "bridge/message/returnpath.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <unistd.h>

#include "bridge/base/digest.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/message/msg.h"

enum {
	SECRET = 32,
	MAC = 16, /* characters */
	HEAD = sizeof "bounce-" - 1,
	AHEAD_MS = 24 * 60 * 60 * 1000, /* clocks may differ */
};

struct returnpath {
	unsigned char secret[SECRET];
};

static const char base32[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* Make the file whole under another name first: a crash must not leave half a secret. */
static int
make_secret(const char *path, struct verdict *v)
{
	unsigned char secret[SECRET];
	char hex[2 * SECRET + 2], *new = xasprintf("%s.new", path);
	int fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int rc = -1;

	if (fd >= 0 && getrandom(secret, sizeof secret, 0) == (ssize_t)sizeof secret) {
		digest_hex(secret, sizeof secret, hex);
		hex[2 * SECRET] = '\n';
		if (write(fd, hex, 2 * SECRET + 1) == 2 * SECRET + 1 && fsync(fd) == 0)
			rc = 0;
	}
	if (fd >= 0)
		close(fd);
	/* Another one that was faster has won: link(2), unlike rename(2), leaves its secret. */
	if (rc == 0 && link(new, path) < 0 && errno != EEXIST)
		rc = -1;
	if (rc < 0)
		later(v, "4.3.0", "%s: %s", path, strerror(errno));
	unlink(new);
	free(new);
	return rc;
}

struct returnpath *
returnpath_open(const char *path, struct verdict *v)
{
	struct returnpath *r = xcalloc(1, sizeof *r);
	char hex[2 * SECRET + 2] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0 && errno == ENOENT && make_secret(path, v) == 0)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		later(v, "4.3.0", "%s: %s", path, strerror(errno));
		free(r);
		return NULL;
	}
	n = read(fd, hex, sizeof hex - 1);
	close(fd);
	if (n >= 2 * SECRET)
		hex[2 * SECRET] = '\0';
	if (n < 2 * SECRET || digest_unhex(hex, r->secret, SECRET) < 0) {
		never(v, "5.3.5", "%s: no secret is in it; remove it, and a new one is made", path);
		free(r);
		return NULL;
	}
	return r;
}

void
returnpath_close(struct returnpath *r)
{
	free(r);
}

static void
sign(const struct returnpath *r, const char *correlator, char out[MAC + 1])
{
	unsigned char mac[DIGEST_MOST];
	unsigned bits = 0, n = 0;
	uint32_t held = 0;

	digest_mac(r->secret, SECRET, correlator, strlen(correlator), mac);
	for (size_t i = 0; n < MAC; i++) {
		held = held << 8 | mac[i];
		for (bits += 8; bits >= 5 && n < MAC; bits -= 5)
			out[n++] = base32[held >> (bits - 5) & 31];
	}
	out[MAC] = '\0';
}

void
returnpath_make(const struct returnpath *r, const char *correlator, char out[RETURNPATH_LOCAL])
{
	char mac[MAC + 1];

	sign(r, correlator, mac);
	snprintf(out, RETURNPATH_LOCAL, "bounce-%s-%s", correlator, mac);
	for (char *p = out; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p |= 0x20;
}

bool
returnpath_is(const char *local)
{
	return strncasecmp(local, "bounce-", HEAD) == 0;
}

/* The characters in capitals, as they were made. -1 when one is none of ours. */
static int
take(const char *from, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++) {
		out[i] = (char)(from[i] >= 'a' && from[i] <= 'z' ? from[i] & ~0x20 : from[i]);
		if (!out[i] || !strchr(base32, out[i]))
			return -1;
	}
	out[n] = '\0';
	return 0;
}

int
returnpath_read(const struct returnpath *r, const char *local, int64_t now,
    char correlator[RETURNPATH_CORRELATOR], struct verdict *v)
{
	enum { LENGTH = RETURNPATH_CORRELATOR - 1 };
	char mac[MAC + 1], want[MAC + 1], id[MSG_ID];
	unsigned differ = 0;
	int64_t made;

	if (!returnpath_is(local) || strlen(local) != RETURNPATH_LOCAL - 1 ||
	    local[HEAD + LENGTH] != '-' || take(local + HEAD, LENGTH, correlator) < 0 ||
	    take(local + HEAD + LENGTH + 1, MAC, mac) < 0)
		return never(v, "5.1.1", "no such address");
	/* In a time that tells nothing of how much was right. */
	sign(r, correlator, want);
	for (size_t i = 0; i < MAC; i++)
		differ |= (unsigned char)(mac[i] ^ want[i]);
	if (differ)
		return never(v, "5.1.1", "no such address");
	memcpy(id, correlator, MSG_ID - 1);
	id[MSG_ID - 1] = '\0';
	made = msg_id_time(id);
	if (made < 0 || made > now + AHEAD_MS ||
	    now - made > (int64_t)RETURNPATH_DAYS * 24 * 60 * 60 * 1000)
		return never(v, "5.1.1", "reports about that mail are not taken any more");
	return 0;
}
