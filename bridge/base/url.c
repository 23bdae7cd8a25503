/*
 * url.c - URLs, as libcurl, which is to use them, reads them.
 */
#include "bridge/base/url.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

bool
url_is(const char *text, const char *scheme, const char *other)
{
	CURLU *u = curl_url();
	char *is = NULL, *host = NULL;
	bool yes;

	if (!u)
		abort(); /* only when there is no memory */
	/* It takes three slashes for two. */
	yes = !strstr(text, ":///") && curl_url_set(u, CURLUPART_URL, text, 0) == CURLUE_OK &&
	      curl_url_get(u, CURLUPART_SCHEME, &is, 0) == CURLUE_OK &&
	      curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK && *host &&
	      (strcmp(is, scheme) == 0 || strcmp(is, other) == 0);
	curl_free(is);
	curl_free(host);
	curl_url_cleanup(u);
	return yes;
}
