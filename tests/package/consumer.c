/* consumer.c - a program of somebody else's, built against an installed Strait: it makes a segment, finds it
 * again, and removes it. It prints which version of the library it runs with.
 */
#include <strait/strait.h>

#include <stdio.h>
#include <string.h>

static int complain(const char *what)
{
    fprintf(stderr, "consumer: %s: %s\n", what, strait_last_error());
    return 1;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "package-consumer";
    strait_segment *made = NULL, *found = NULL;
    const strait_segment_options create = {.how = STRAIT_CREATE, .bytes = 4096};
    const strait_segment_options attach = {.how = STRAIT_ATTACH};

    if (strcmp(strait_version(), STRAIT_VERSION_TEXT) != 0) {
        fprintf(stderr, "consumer: headers %s, library %s\n", STRAIT_VERSION_TEXT, strait_version());
        return 1;
    }
    if (strait_segment_open(name, &create, &made) < 0) {
        return complain("create");
    }
    if (strait_segment_open(name, &attach, &found) < 0) {
        return complain("attach");
    }
    strcpy(strait_segment_data(made), "seen");
    if (strcmp(strait_segment_data(found), "seen") != 0 || strait_segment_bytes(found) != 4096) {
        return complain("look");
    }
    strait_segment_close(found);
    strait_segment_close(made);
    if (strait_segment_remove(name, NULL, false) < 0) {
        return complain("remove");
    }
    printf("strait %s works\n", strait_version());
    return 0;
}
