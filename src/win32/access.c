/* access.c - permission bits as access control lists, and back. layer: system
 *
 *   owner's bits   the SID of the user who made it       S-1-5-21-...
 *   group's bits   that user's primary group             S-1-5-21-...-513
 *   others' bits   Everyone                              WD
 *   always         SYSTEM and Administrators, all        SY, BA: what root may on Unix
 *
 * The list is protected: nothing is inherited. Rights add up here, so a group's member has the others' rights too.
 * Only the owner (and the two above) may delete, rename and change the list. Nobody executes shared memory; so
 * that no bit is lost, x of a file is FILE_DELETE_CHILD without FILE_EXECUTE, which means nothing for a file.
 */
#include <stdio.h>
#include <wchar.h>

#include "win32/win32.h"

#include <aclapi.h>
#include <sddl.h>

/* Not in every winnt.h. */
#ifndef PROTECTED_DACL_SECURITY_INFORMATION
#define PROTECTED_DACL_SECURITY_INFORMATION 0x80000000L
#endif

typedef struct bits {
    DWORD read, write, execute, owner;
} bits;

static const bits of_object[] = {
    [STRAIT_WIN32_FILE] = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_DELETE_CHILD,
                           DELETE | READ_CONTROL | WRITE_DAC | SYNCHRONIZE | FILE_READ_ATTRIBUTES},
    [STRAIT_WIN32_SECTION] = {READ_CONTROL | SECTION_QUERY | SECTION_MAP_READ, SECTION_MAP_WRITE, 0,
                              READ_CONTROL | WRITE_DAC},
    [STRAIT_WIN32_EVENT] = {READ_CONTROL | SYNCHRONIZE, SYNCHRONIZE | EVENT_MODIFY_STATE, 0,
                            READ_CONTROL | WRITE_DAC},
};

static DWORD mask_of(strait_win32_object object, uint32_t three)
{
    const bits *b = &of_object[object];
    return ((three & 4) != 0 ? b->read : 0) | ((three & 2) != 0 ? b->write : 0) |
           ((three & 1) != 0 ? b->execute : 0);
}

static uint32_t three_of(strait_win32_object object, DWORD mask)
{
    bool event = object == STRAIT_WIN32_EVENT;
    bool read = (mask & (object == STRAIT_WIN32_FILE      ? FILE_READ_DATA
                         : object == STRAIT_WIN32_SECTION ? SECTION_MAP_READ
                                                          : SYNCHRONIZE)) != 0;
    bool write = (mask & (event ? EVENT_MODIFY_STATE : 2u)) != 0; /* FILE_WRITE_DATA, SECTION_MAP_WRITE */
    bool execute =
        object == STRAIT_WIN32_FILE && (mask & FILE_DELETE_CHILD) != 0 && (mask & FILE_EXECUTE) == 0;
    return (read ? 4u : 0) | (write ? 2u : 0) | (execute ? 1u : 0);
}

/* --- who we are ----------------------------------------------------------------------------------------- */

typedef union room {
    TOKEN_USER user;
    TOKEN_PRIMARY_GROUP group;
    char bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
} room;

static bool ask_token(TOKEN_INFORMATION_CLASS what, room *answer)
{
    HANDLE token;
    DWORD used;
    if (!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token) &&
        !OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) {
        return false;
    }
    bool ok = GetTokenInformation(token, what, answer, sizeof *answer, &used) != 0;
    DWORD code = GetLastError();
    CloseHandle(token);
    SetLastError(code);
    return ok;
}

static bool add_entry(wchar_t *text, size_t most, DWORD mask, PSID sid)
{
    wchar_t *name = NULL;
    size_t used = wcslen(text);
    if (mask == 0) {
        return true;
    }
    if (!ConvertSidToStringSidW(sid, &name)) {
        return false;
    }
    int length = swprintf(text + used, most - used, L"(A;;0x%lx;;;%ls)", (unsigned long)mask, name);
    LocalFree(name);
    return length > 0;
}

static DWORD owners_mask(strait_win32_object object, uint32_t three)
{
    DWORD mask = mask_of(object, three) | of_object[object].owner;
    if (object == STRAIT_WIN32_SECTION && (three & 6) == 6) {
        mask |= SECTION_ALL_ACCESS; /* what foreign programs ask for, needed or not */
    }
    return mask;
}

PSECURITY_DESCRIPTOR strait_win32_rights(strait_win32_object object, uint32_t mode)
{
    room user, group;
    wchar_t text[600] = L"D:P";
    PSECURITY_DESCRIPTOR descriptor = NULL;
    wchar_t rest[120];
    DWORD others = mask_of(object, mode & 7);
    if (!ask_token(TokenUser, &user) || !ask_token(TokenPrimaryGroup, &group) ||
        !add_entry(text, 400, owners_mask(object, mode >> 6 & 7), user.user.User.Sid) ||
        !add_entry(text, 400, mask_of(object, mode >> 3 & 7), group.group.PrimaryGroup)) {
        return NULL;
    }
    int length = others == 0
                     ? swprintf(rest, 120, L"(A;;GA;;;SY)(A;;GA;;;BA)")
                     : swprintf(rest, 120, L"(A;;0x%lx;;;WD)(A;;GA;;;SY)(A;;GA;;;BA)", (unsigned long)others);
    if (length <= 0) {
        return NULL;
    }
    wcscat(text, rest);
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &descriptor, NULL)) {
        return NULL;
    }
    return descriptor;
}

/* --- and back ------------------------------------------------------------------------------------------- */

static uint32_t place_of(PSID sid, PSID group)
{
    if (IsWellKnownSid(sid, WinWorldSid)) {
        return 0;
    }
    if (IsWellKnownSid(sid, WinLocalSystemSid) || IsWellKnownSid(sid, WinBuiltinAdministratorsSid)) {
        return 32; /* nobody's bits */
    }
    return group != NULL && EqualSid(sid, group) ? 3 : 6;
}

bool strait_win32_mode(HANDLE handle, strait_win32_object object, uint32_t *mode)
{
    PSID group = NULL;
    PACL list = NULL;
    PSECURITY_DESCRIPTOR descriptor = NULL;
    DWORD code = GetSecurityInfo(handle, object == STRAIT_WIN32_FILE ? SE_FILE_OBJECT : SE_KERNEL_OBJECT,
                                 GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, NULL, &group, &list,
                                 NULL, &descriptor);
    if (code != ERROR_SUCCESS) {
        SetLastError(code);
        return false;
    }
    *mode = list == NULL ? 0777 : 0; /* no list at all: everybody may everything */
    for (DWORD i = 0; list != NULL && i < list->AceCount; i++) {
        ACCESS_ALLOWED_ACE *entry;
        void *at = NULL;
        if (!GetAce(list, i, &at)) {
            break;
        }
        entry = at;
        if (entry->Header.AceType != ACCESS_ALLOWED_ACE_TYPE ||
            (entry->Header.AceFlags & INHERIT_ONLY_ACE) != 0) {
            continue;
        }
        uint32_t shift = place_of(&entry->SidStart, group);
        *mode |= shift < 32 ? three_of(object, entry->Mask) << shift : 0;
    }
    LocalFree(descriptor);
    return true;
}

bool strait_win32_set_mode(HANDLE handle, strait_win32_object object, uint32_t mode)
{
    PSECURITY_DESCRIPTOR descriptor = strait_win32_rights(object, mode);
    if (descriptor == NULL) {
        return false;
    }
    bool done = SetKernelObjectSecurity(
                    handle, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, descriptor) != 0;
    DWORD code = GetLastError();
    LocalFree(descriptor);
    SetLastError(code);
    return done;
}
