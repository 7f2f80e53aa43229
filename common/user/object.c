/* SPDX-License-Identifier: GPL-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "log.h"
#include "object.h"

int object__open(struct bpf_object **obj, const char *file)
{
	struct bpf_map *map;
	int err;

	liblog__clear();
	*obj = bpf_object__open_file(file, NULL);
	if (!*obj) {
		err = -errno;
		log_err("cannot read the BPF object %s: %s%s", file,
			strerror(-err), err == -ENOENT ? ": run make" : "");
		if (err != -ENOENT)
			liblog__dump();
		return err;
	}
	/* Pinned per device (pins.h), once the program runs. */
	bpf_object__for_each_map(map, *obj)
		bpf_map__set_pin_path(map, NULL);
	return 0;
}

static void list_programs(const struct bpf_object *obj, char *buf, size_t size)
{
	struct bpf_program *prog;

	buf[0] = '\0';
	bpf_object__for_each_program(prog, obj) {
		size_t used = strlen(buf);

		snprintf(buf + used, size - used, "%s%s", used ? " " : "",
			 bpf_program__name(prog));
	}
}

static int is_object(const struct dirent *file)
{
	static const char end[] = "_kern.o";
	size_t len = strlen(file->d_name);

	return len >= strlen(end) &&
	       !strcmp(file->d_name + len - strlen(end), end);
}

/* Whether @file has the program; if not, its programs are added to @names. */
static int has_program(const char *file, const char *prog_name, char *names,
		       size_t size)
{
	size_t used = strlen(names);
	struct bpf_object *obj;
	int err, found;

	err = object__open(&obj, file);
	if (err)
		return err;
	found = !!bpf_object__find_program_by_name(obj, prog_name);
	if (used)
		used += snprintf(names + used, size - used, " ");
	list_programs(obj, names + used, size - used);
	bpf_object__close(obj);
	return found;
}

int object__path(char path[PATH_MAX], const char *where, const char *prog_name)
{
	struct dirent **files;
	char names[512] = "";
	int count, found = 0;

	count = scandir(where, &files, is_object, alphasort);
	if (count < 0) {
		snprintf(path, PATH_MAX, "%s", where);
		return 0;
	}
	for (int i = 0; i < count && !found; i++) {
		snprintf(path, PATH_MAX, "%s/%s", where, files[i]->d_name);
		found = has_program(path, prog_name, names, sizeof(names));
	}
	for (int i = 0; i < count; i++)
		free(files[i]);
	free(files);
	if (found)
		return found < 0 ? found : 0;
	if (!count)
		log_err("there is no BPF object (*_kern.o) in %s: run make",
			where);
	else
		log_err("no program '%s' in %s/*_kern.o; there are: %s",
			prog_name, where, names);
	return -ENOENT;
}

int object__choose(struct bpf_object *obj, const char *file,
		   const char *prog_name, enum bpf_prog_type type,
		   const char *section, struct bpf_program **prog)
{
	struct bpf_program *other;
	char names[512];

	*prog = bpf_object__find_program_by_name(obj, prog_name);
	if (!*prog) {
		list_programs(obj, names, sizeof(names));
		log_err("%s has no program '%s'; it has: %s", file, prog_name,
			names);
		return -ENOENT;
	}
	if (bpf_program__type(*prog) != type) {
		log_err("%s in %s is no program for this hook: write "
			"SEC(\"%s\") before it",
			prog_name, file, section);
		return -EINVAL;
	}
	bpf_object__for_each_program(other, obj)
		bpf_program__set_autoload(other, other == *prog);
	return 0;
}

/* Where a variable lies in the object's read-only data; its BTF tells. */
static const struct btf_var_secinfo *find_constant(const struct btf *btf,
						   const char *name)
{
	const struct btf_var_secinfo *var;
	const struct btf_type *section;
	int id;

	id = btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC);
	if (id < 0)
		return NULL;
	section = btf__type_by_id(btf, id);
	var = btf_var_secinfos(section);
	for (int i = 0; i < btf_vlen(section); i++, var++) {
		const struct btf_type *t = btf__type_by_id(btf, var->type);

		if (!strcmp(btf__name_by_offset(btf, t->name_off), name))
			return var;
	}
	return NULL;
}

int object__set_constant(struct bpf_object *obj, const char *dev,
			 const char *name, const void *value, size_t size)
{
	const struct btf_var_secinfo *var = NULL;
	size_t section_size = 0;
	const void *initial;
	struct bpf_map *map;
	char *section;
	int err;

	map = bpf_object__find_map_by_name(obj, ".rodata");
	initial = map ? bpf_map__initial_value(map, &section_size) : NULL;
	if (initial)
		var = find_constant(bpf_object__btf(obj), name);
	if (!var || var->size != size || var->offset + size > section_size) {
		log_err("%s: the object has no `const volatile` variable '%s' "
			"of %zu bytes",
			dev, name, size);
		return -EINVAL;
	}
	section = malloc(section_size);
	err = section ? 0 : -ENOMEM;
	if (!err) {
		memcpy(section, initial, section_size);
		memcpy(section + var->offset, value, size);
		err = bpf_map__set_initial_value(map, section, section_size);
	}
	free(section);
	if (err)
		log_err("%s: cannot set the variable '%s': %s", dev, name,
			strerror(-err));
	return err;
}

int object__load_failed(const char *dev, const char *prog_name, int err)
{
	if (err == -EPERM) {
		log_err("%s: no right to load %s: run this as root", dev,
			prog_name);
		return err;
	}
	log_err("%s: the kernel refuses %s: %s; what was said of it:", dev,
		prog_name, strerror(-err));
	liblog__dump();
	return err;
}
