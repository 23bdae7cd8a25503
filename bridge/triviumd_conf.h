/*
 * triviumd_conf.h - what triviumd reads of trivium.conf(5).
 */
#ifndef BRIDGE_TRIVIUMD_CONF_H
#define BRIDGE_TRIVIUMD_CONF_H

#include <stdio.h>

#include "bridge/base/conf.h"

/* Read the file at path as conf_read() does, with all keys that triviumd knows. For conf_free(). */
struct conf *triviumd_conf(const char *path, FILE *errors);

#endif
