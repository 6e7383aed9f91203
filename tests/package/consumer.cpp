// consumer.cpp - the same as consumer.c from C++17: the public headers are C++ as they are.
#include <strait/strait.h>

#include <cstdio>
#include <cstring>

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "package-consumer";
    strait_segment_options create{};
    create.how = STRAIT_CREATE;
    create.bytes = 4096;
    strait_segment *made = nullptr;
    if (strait_segment_open(name, &create, &made) < 0) {
        std::fprintf(stderr, "consumer: %s\n", strait_last_error());
        return 1;
    }
    std::strcpy(static_cast<char *>(strait_segment_data(made)), "seen");
    strait_segment *found = nullptr;
    bool good = strait_segment_open(name, nullptr, &found) >= 0 &&
                std::strcmp(static_cast<char *>(strait_segment_data(found)), "seen") == 0;
    strait_segment_close(found);
    strait_segment_close(made);
    good = strait_segment_remove(name, nullptr, false) >= 0 && good;
    if (good) {
        std::printf("strait %s works\n", strait_version());
    }
    return good ? 0 : 1;
}
