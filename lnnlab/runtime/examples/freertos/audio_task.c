/* SPDX-License-Identifier: MIT
 *
 * The task as it is printed, behind what it leaves to its project. Two things to know of it:
 *
 * `result.confidence` is that of the likeliest class, silence among them. To act on keywords, and once
 * on each, ask `result.keyword_detected`, with lnn_set_threshold for 0.8 of your own.
 *
 * HAL_PWR_EnterSLEEPMode stands behind the work of a half: the next interrupt ends it. One that comes
 * between the work and the WFI is answered first, and the task then sleeps until the kernel's tick. A
 * kernel without a tick (configUSE_TICKLESS_IDLE) sleeps by itself: leave that line out there. */
#include "audio.h"
#include "main.h" /* CubeMX's: the HAL, LED_GPIO_Port, LED_Pin */

#include "audio_processing_task.inc"
