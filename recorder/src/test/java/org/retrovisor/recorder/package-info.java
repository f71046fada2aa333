/** Recordings of a machine of a few instructions against a scripted world. */
package org.retrovisor.recorder;
