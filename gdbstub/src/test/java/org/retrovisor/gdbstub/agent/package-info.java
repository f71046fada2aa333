/** Agent expressions by hand. */
package org.retrovisor.gdbstub.agent;
