/*
 * form.c - data forms.
 */
#include "im/form.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/base/mem.h"
#include "bridge/base/xml.h"
#include "im/write.h"

void
form_begin(struct writer *w, const char *type, const char *title, const char *instructions)
{
	write_open(w, "x", FORM_NS);
	write_attr(w, "type", type);
	write_leaf(w, "title", title);
	write_leaf(w, "instructions", instructions);
}

void
form_field(struct writer *w, const char *var, const char *type, const char *label,
    const char *value)
{
	char *lines = xstrdup(value), *rest = lines, *line;

	write_open(w, "field", NULL);
	write_attr(w, "var", var);
	write_attr(w, "type", type);
	write_attr(w, "label", label);
	while ((line = strsep(&rest, "\n")))
		write_leaf(w, "value", line);
	write_close(w);
	free(lines);
}

const char *
form_value(const struct xml *outer, const char *var)
{
	const struct xml *form = xml_child_ns(outer, "x", FORM_NS);

	for (const struct xml *f = form ? form->first : NULL; f; f = f->next) {
		const char *name = xml_attr(f, "var");
		const struct xml *value = xml_child(f, "value");

		if (strcmp(f->name, "field") == 0 && name && strcmp(name, var) == 0 && value)
			return value->text;
	}
	return NULL;
}
