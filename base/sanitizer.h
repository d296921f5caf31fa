/* SPDX-License-Identifier: MIT */
/* Which sanitizers this build has, and how to tell them, and valgrind, about our memory. */
#ifndef TIMELAPSE_BASE_SANITIZER_H
#define TIMELAPSE_BASE_SANITIZER_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZER_ADDRESS 1
#endif
#if __has_feature(thread_sanitizer)
#define SANITIZER_THREAD 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZER_ADDRESS 1
#endif
#if defined(__SANITIZE_THREAD__)
#define SANITIZER_THREAD 1
#endif
#if !defined(SANITIZER_ADDRESS)
#define SANITIZER_ADDRESS 0
#endif
#if !defined(SANITIZER_THREAD)
#define SANITIZER_THREAD 0
#endif

/* Memory that nobody may touch, until it is opened again. */
#if SANITIZER_ADDRESS
#include <sanitizer/asan_interface.h>
#define SANITIZER_CLOSE(memory, size) __asan_poison_memory_region((memory), (size))
#define SANITIZER_OPEN(memory, size)  __asan_unpoison_memory_region((memory), (size))
#else
#define SANITIZER_CLOSE(memory, size) ((void)(memory), (void)(size))
#define SANITIZER_OPEN(memory, size)  ((void)(memory), (void)(size))
#endif

/* Valgrind takes a switch between stacks that lie near each other for one stack's growth, unless told. */
#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif
#if !defined(VALGRIND_STACK_REGISTER)
#define VALGRIND_STACK_REGISTER(low, high) ((void)(low), (void)(high), 0U)
#define VALGRIND_STACK_DEREGISTER(number)  ((void)(number))
#endif

#endif
