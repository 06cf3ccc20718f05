/* SPDX-License-Identifier: MIT
 *
 * In place of CMSIS-DSP's header, which the task includes and does not need: lnn_process_cmsis runs on
 * kernels of its own. A project that has CMSIS-DSP leaves this folder out (LNN_CMSIS_DSP). */
