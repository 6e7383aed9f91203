/* wine_idle.c - keeps Wine's services alive while tests run, so that no test has to start them; see
 * scripts/wine.sh. Without words it stands there until it is ended; with --await it waits until one stands there.
 */
#include <stdio.h>
#include <string.h>
#include <windows.h>

#define PATIENCE_MS 120000

int main(int argc, char **argv)
{
    HANDLE stands = CreateEventW(NULL, TRUE, FALSE, L"Local\\strait-wine-idle");
    if (stands == NULL) {
        return 1;
    }
    if (argc > 1 && strcmp(argv[1], "--await") == 0) {
        return WaitForSingleObject(stands, PATIENCE_MS) == WAIT_OBJECT_0 ? 0 : 1;
    }
    SetEvent(stands);
    Sleep(INFINITE);
    return 0;
}
